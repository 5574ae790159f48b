-- Stores tasks and makes them ready, or delays them. Refused whole when the server is out of memory.
--
-- ARGV from 4, six a task: id, body, priority, delay (ms), inbox ('' for none), index of its done key from 1 ('0': the id
-- is new for certain). Reply, three a task: 1 queued | 0 exists, queuedAt (ms), finished record or ''.
local gen = tonumber(meta[4] or '0')
local reply = {}
local pushes = {}
for i = FIRST, #ARGV, 6 do
  local id, body, priority, delay, inbox = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4]
  local key = tonumber(ARGV[i + 5])
  local finished = key > 0 and call('GET', KEYS[DONE + key]) or false
  local at = #reply
  if finished then
    reply[at + 1] = 0
    reply[at + 2] = string.match(finished, '^%d+,%d+,%d+,%d+,(%d+)')
    reply[at + 3] = finished
  else
    local task = {
      gen = whole(gen + 1), priority = priority, queued = whole(now), due = whole(now + delay), runs = 0, crashes = 0,
      inboxes = inbox,
    }
    if call('HSETNX', TASK, id, live(task, body, '')) == 1 then
      gen = gen + 1
      if delay > 0 then
        call('ZADD', DELAYED, task.due, id)
      else
        local list = pushes[priority]
        if not list then
          list = {}
          pushes[priority] = list
        end
        list[#list + 1] = id .. ':' .. task.gen
      end
      count('queued')
      if listened then
        announce('queued', id, record(6, task, '0', '0', '0', '', body, '', ''))
      end
      reply[at + 1] = 1
      reply[at + 2] = task.queued
    else
      local value = call('HGET', TASK, id)
      local known = parse(value)
      if inbox ~= '' and not string.find(' ' .. known.inboxes .. ' ', ' ' .. inbox .. ' ', 1, true) then
        known.inboxes = known.inboxes == '' and inbox or (known.inboxes .. ' ' .. inbox)
        call('HSET', TASK, id, live(known, body_of(value, known), outcome_of(value, known)))
      end
      reply[at + 1] = 0
      reply[at + 2] = known.queued
    end
    reply[at + 3] = ''
  end
end
call('HSET', META, 'gen', whole(gen))
for priority, list in pairs(pushes) do
  -- A call takes no more arguments than fit on Lua's stack.
  for first = 1, #list, 500 do
    call('RPUSH', ready_key(priority), unpack(list, first, math.min(first + 499, #list)))
  end
end
publish()
wake()
return reply
