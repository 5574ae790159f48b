-- include: registered
-- Stores tasks that are ready at once, and ends the script in the two plain cases: no worker is idle, or the first one takes all of the
-- tasks. It comes before the other parts and makes no function: a function costs each call a tenth of a µs, and they have forty.
--
-- KEYS
--   state     hash, kept: see state.lua
--   task      hash, kept: see tasks.lua
--   line      list, kept: see queue.lua
-- ARGV
--   priority  of the tasks
--   delays    msgpack of the delay of each task, ms; '' where all are ready
--   tasks     msgpack of two a task: id, live task without its times
--   bodies... end of each live task, of which tasks has the rest; none: all are whole
--   channels  prefix of channels
--   publish   PUBLISH, or SPUBLISH where channels lie in the queue's slot
--   queue     name of the queue
--   partition its number
-- policy: HAND_OVER_BYTES
local both = cmsgpack.unpack(tasks)
local n = #both / 2
local queued = whole(now)
local has_bodies, bytes = #ARGV >= BODIES, #tasks

if delays == '' then
  local ids, values = {}, {}
  for i = 1, n do
    ids[i] = both[2 * i - 1]
    if has_bodies then
      local body = ARGV[BODIES + i - 1]
      bytes = bytes + #body
      values[i] = queued .. ',,' .. both[2 * i] .. body
    else
      values[i] = queued .. ',,' .. both[2 * i]
    end
    both[2 * i] = values[i]
  end
  call('HSET', TASK, unpack(both))
  if idle == '' and not has_listeners and string.find(mask, priority, 1, true) then
    local length = redis.pcall('RPUSH', LINE, unpack(ids))
    if type(length) ~= 'number' then
      -- A task that is in no list would never run.
      call('HDEL', TASK, unpack(ids))
      return length
    end
    return queued
  end
  local is_plain = mask == '' and not (paused or has_listeners or next_due) and not string.find(features, '[sh]')
  if idle ~= '' and is_plain and bytes <= HAND_OVER_BYTES then
    local worker, slots, others = string.match(idle, '^;([^,;]*),(%d+),h(.*)$')
    if worker and tonumber(slots) >= n and not string.find(woken, ';' .. worker .. ',', 1, true) then
      local fence = whole(math.max(last_fence + 1, micros))
      local message = pack('handed', queue, partition, fence, queued, '0', ids, values)
      if call(publish, channels .. 'w:' .. worker, message) > 0 then
        -- It is woken for its other slots. It held nothing: see idle.lua.
        local left = tonumber(slots) - n
        local list = left > 0 and others .. ';' .. worker .. ',' .. left .. ',w' or others
        call('HSET', STATE, 'I', list, 'F', n == 1 and fence or whole(fence + n - 1), 'W:' .. worker, fence,
          'H:' .. worker, ' ' .. fence .. ':' .. n, 'B:' .. fence, pack(worker, queued, '', ids))
        return queued
      end
    end
  end
end
