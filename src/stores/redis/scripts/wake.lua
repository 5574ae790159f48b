-- include: head, frame, ready, held
-- Wakes idle workers. The last step of every script that may have made something ready. It never raises: what the script
-- was called for is done, and a worker that is not woken looks by itself after a while.
--
-- KEYS
--   meta      hash, kept: see head.lua
--   held      hash, kept: see held.lua
--   idle      zset, kept: workers that wait to be woken, by since when, µs
--   suspects  hash, kept: see suspects.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see requeue.lua
-- ARGV
--   channels  prefix of channels
--   queue     name of the queue
-- policy: LOOK_OVERDUE
--
-- Channel <prefix>worker:<worker>: framed 'wake', queue.

-- False when the worker does not hear it any more, and the next one is to be tried.
local function wake_worker(worker)
  call('ZREM', IDLE, worker)
  return call('PUBLISH', channels .. 'worker:' .. worker, frame({ 'wake', queue })) > 0
end

-- Wakes a number of idle workers, those that have waited longest first.
local function wake_some(wanted)
  while wanted > 0 do
    local first = call('ZRANGE', IDLE, 0, 0)[1]
    if not first then
      return
    end
    if wake_worker(first) then
      wanted = wanted - 1
    end
  end
end

-- A suspect is for a worker that holds nothing. Another one, woken for it, would look in vain, and be woken again.
local function wake_among_suspects(ready)
  local is_held, holds = {}, {}
  local held = call('HGETALL', HELD)
  for i = 1, #held, 2 do
    local _, _, by = unpack_held(held[i + 1])
    is_held[held[i]] = true
    holds[by] = true
  end
  local suspects = 0
  for _, id in ipairs(call('HKEYS', SUSPECTS)) do
    if not is_held[id] and not call('ZSCORE', DELAYED, id) then
      suspects = suspects + 1
    end
  end
  local plain = math.max(0, ready - suspects)
  for _, worker in ipairs(call('ZRANGE', IDLE, 0, -1)) do
    local takes_suspect = suspects > 0 and not holds[worker]
    if (takes_suspect or plain > 0) and wake_worker(worker) then
      if takes_suspect then
        suspects = suspects - 1
      else
        plain = plain - 1
      end
    end
  end
end

-- One idle worker looks when the next delayed task is due: the one that was told last, unless it is idle no more.
local function set_timer()
  local due = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  if not due then
    return
  end
  local told, worker = string.match(call('HGET', META, 'nextTimer') or '', '^(%d+),(.*)$')
  local is_set = told and tonumber(told) <= tonumber(due) and tonumber(told) > now - LOOK_OVERDUE
    and call('ZSCORE', IDLE, worker)
  if not is_set then
    wake_some(1)
  end
end

-- Afterwards nothing is ready that an idle worker could take, or as many wakes are under way as there are tasks; and one idle
-- worker, if there is any, looks when the next delayed task is due.
local function wake_idle()
  if paused or call('ZCARD', IDLE) == 0 then
    return
  end
  local ready = 0
  for priority in string.gmatch(priorities, '%d') do
    ready = ready + call('LLEN', READY(priority))
  end
  if ready > 0 then
    if call('HLEN', SUSPECTS) > 0 then
      wake_among_suspects(ready)
    else
      wake_some(ready)
    end
  end
  set_timer()
end

local function wake()
  pcall(wake_idle)
end
