-- include: time, frame
-- The ends of tasks, for the inboxes that await them: one message for each inbox and call.
--
-- ARGV
--   channels  prefix of channels
--   queue     name of the queue
-- policy: NOTICE_RECORD_LIMIT
--
-- Channel <prefix>inbox:<inbox>: framed queue, id, record ('' where it is too large), ...
local ends = {}

local function tell_inboxes(inboxes, id, record)
  for inbox in string.gmatch(inboxes, '%S+') do
    local list = ends[inbox]
    if not list then
      list = {}
      ends[inbox] = list
    end
    list[#list + 1] = queue
    list[#list + 1] = id
    list[#list + 1] = #record > NOTICE_RECORD_LIMIT and '' or record
  end
end

local function publish_ends()
  for inbox, list in pairs(ends) do
    call('PUBLISH', channels .. 'inbox:' .. inbox, frame(list))
  end
end
