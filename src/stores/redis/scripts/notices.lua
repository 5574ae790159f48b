-- include: head
-- Messages to workers and inboxes, and task events, which are published only while someone listens.
--
-- ARGV
--   channels  prefix of channels
--   publish   PUBLISH, or SPUBLISH where channels lie in the queue's slot
--   queue     name of the queue
--   partition its number
-- policy: NOTICE_RECORD_LIMIT, NOTICE_BYTES
--
-- Channel <prefix>w:<worker>: msgpack of kind (wake | revoked | handed | order), queue, partition, ...
-- Channel <prefix>in:<inbox>: msgpack of queue, partition, [id, record ('' where it is too large, or all records are), ...], as a slot keeps
-- them: see records.lua
-- Channel <prefix>ev: msgpack of event, queue, partition, [id, live task (queued) or record (others), ...]. Where all of them are too
-- large: "cut <number of bytes that are left out>\n" and header lines

-- Returns whether the worker has heard it.
local function tell_worker(worker, kind, ...)
  return call(publish, channels .. 'w:' .. worker, pack(kind, queue, partition, ...)) > 0
end

-- The header line of a live task, or those of a record and of its live task, without what follows.
local function without_contents(value, is_live)
  local stop = string.find(value, '\n', 1, true) or 0
  if not is_live then
    stop = string.find(value, '\n', stop + 1, true) or stop
  end
  return 'cut ' .. whole(#value - stop) .. '\n' .. string.sub(value, 1, stop)
end

local events_room = NOTICE_BYTES

-- pairs: id and value in turn.
local function announce(event, pairs_of_tasks)
  if not has_listeners or #pairs_of_tasks == 0 then
    return
  end
  local sent = {}
  for i = 1, #pairs_of_tasks, 2 do
    local value = pairs_of_tasks[i + 1]
    if #value > events_room then
      value = without_contents(value, event == 'queued')
    end
    events_room = events_room - #value
    sent[i], sent[i + 1] = pairs_of_tasks[i], value
  end
  call(publish, channels .. 'ev', pack(event, queue, partition, sent))
end

local function tell_inbox(inbox, pairs_of_tasks)
  call(publish, channels .. 'in:' .. inbox, pack(queue, partition, pairs_of_tasks))
end

-- inbox -> id and record in turn; room: for further records, bytes
local ends, room = {}, {}

-- inboxes: with blanks between them.
local function add_end(inboxes, id, record)
  for inbox in string.gmatch(inboxes, '%S+') do
    local list = ends[inbox]
    if not list then
      list = {}
      ends[inbox], room[inbox] = list, NOTICE_BYTES
    end
    local sent = #record <= math.min(NOTICE_RECORD_LIMIT, room[inbox]) and record or ''
    room[inbox] = room[inbox] - #sent
    list[#list + 1] = id
    list[#list + 1] = sent
  end
end

local function publish_ends()
  for inbox, list in pairs(ends) do
    tell_inbox(inbox, list)
  end
end
