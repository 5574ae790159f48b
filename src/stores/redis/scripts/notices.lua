-- include: head
-- Messages to workers and inboxes, and task events, which are published only while someone listens.
--
-- ARGV
--   channels  prefix of channels
--   publish   PUBLISH, or SPUBLISH where channels lie in the queue's slot
--   queue     name of the queue
--   partition its number
-- policy: NOTICE_RECORD_LIMIT
--
-- Channel <prefix>w:<worker>: msgpack of kind (wake | revoked | handed), queue, partition, ...
-- Channel <prefix>in:<inbox>: msgpack of queue, partition, [id, record ('' where it is too large), ...]
-- Channel <prefix>ev: msgpack of event, queue, partition, [id, live task (queued) or record (others), ...]
local has_listeners = (tonumber(state[5] or '') or 0) > now
local pack = cmsgpack.pack

-- Returns whether the worker has heard it.
local function tell_worker(worker, kind, ...)
  return call(publish, channels .. 'w:' .. worker, pack(kind, queue, partition, ...)) > 0
end

-- pairs: id and value in turn.
local function announce(event, pairs_of_tasks)
  if has_listeners and #pairs_of_tasks > 0 then
    call(publish, channels .. 'ev', pack(event, queue, partition, pairs_of_tasks))
  end
end

local function tell_inbox(inbox, pairs_of_tasks)
  call(publish, channels .. 'in:' .. inbox, pack(queue, partition, pairs_of_tasks))
end

-- inbox -> id and record in turn
local ends = {}

-- inboxes: with blanks between them.
local function add_end(inboxes, id, record)
  for inbox in string.gmatch(inboxes, '%S+') do
    local list = ends[inbox]
    if not list then
      list = {}
      ends[inbox] = list
    end
    list[#list + 1] = id
    list[#list + 1] = #record > NOTICE_RECORD_LIMIT and '' or record
  end
end

local function publish_ends()
  for inbox, list in pairs(ends) do
    tell_inbox(inbox, list)
  end
end
