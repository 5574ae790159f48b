-- include: time, frame
-- The ends of tasks, for the inboxes that await them: one message for each inbox and call.
--
-- ARGV
--   channels  prefix of channels
--   queue     name of the queue
-- policy: NOTICE_RECORD_LIMIT, NOTICE_BYTES
--
-- Channel <prefix>inbox:<inbox>: framed queue, id, record ('' where it is too large, or all records are), ...
local ends = {}

local function tell_inboxes(inboxes, id, record)
  for inbox in string.gmatch(inboxes, '%S+') do
    local list = ends[inbox]
    if not list then
      list = { room = NOTICE_BYTES }
      ends[inbox] = list
    end
    local sent = #record <= math.min(NOTICE_RECORD_LIMIT, list.room) and record or ''
    list.room = list.room - #sent
    list[#list + 1] = queue
    list[#list + 1] = id
    list[#list + 1] = sent
  end
end

local function publish_ends()
  for inbox, list in pairs(ends) do
    call('PUBLISH', channels .. 'inbox:' .. inbox, frame(list))
  end
end
