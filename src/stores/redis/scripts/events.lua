-- include: time, frame
-- Task events, published only while someone listens.
--
-- KEYS
--   listeners zset, gone 15 s after the last renewal: listeners of task events by expiry, ms
-- ARGV
--   channels  prefix of channels
--   queue     name of the queue
--
-- Channel <prefix>events: framed event, queue, id, record, ...
local has_listeners = tonumber(call('ZRANGE', LISTENERS, -1, -1, 'WITHSCORES')[2] or '0') > now
local events = {}

local function announce(event, id, record)
  if has_listeners then
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
