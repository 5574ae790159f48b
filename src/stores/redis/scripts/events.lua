-- include: time, frame
-- Task events, published only while someone listens.
--
-- KEYS
--   listeners zset, gone 15 s after the last renewal: listeners of task events by expiry, ms
-- ARGV
--   channels  prefix of channels
--   queue     name of the queue
--
-- policy: NOTICE_BYTES
--
-- Channel <prefix>events: framed event, queue, id, record (its header line alone where all records are too large), ...
local has_listeners = tonumber(call('ZRANGE', LISTENERS, -1, -1, 'WITHSCORES')[2] or '0') > now
local events = {}
local events_room = NOTICE_BYTES

local function announce(event, id, record)
  if has_listeners then
    if #record > events_room then
      record = string.sub(record, 1, string.find(record, '\n', 1, true))
    end
    events_room = events_room - #record
    events[#events + 1] = event
    events[#events + 1] = queue
    events[#events + 1] = id
    events[#events + 1] = record
  end
end

local function publish_events()
  if #events > 0 then
    call('PUBLISH', channels .. 'events', frame(events))
  end
end
