-- include: registered, records, tasks, batch, ready, notices, wake, suspects, requeue, clear-left-over
-- Queues failed tasks once more, as new tasks. Refused whole when the server is out of memory.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   tombs     hash, kept: see left-overs.lua
--   ready:0-9 lists, kept: see ready.lua
--   failed    zset, kept: see finish.lua
--   operation string, ten minutes: the reply of this operation
-- ARGV
--   tasks     msgpack of four a task: id of the old one, id of the new one, its body or '' for that of the old one, delay (ms)
-- policy: OPERATION_TTL
-- Reply: a letter a task: q queued | k the new one is known | g the old one is not failed any more, or gone; SLOTS when other slots are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
local before = call('GET', OPERATION)
if before then
  return before
end
local values = cmsgpack.unpack(tasks)
local verdicts, fresh, over, lists = {}, {}, {}, {}

-- The new live task of a record; nothing where the record cannot be read.
local function live_from(record, body, delay)
  local status, live, start = string.match(record, '^(%d+),%d+,%-?%d+,%d+,(%d+),[^\n]*\n()')
  local task = (status == '2' or status == '3') and read_task(string.sub(record, start, start + tonumber(live) - 1))
  if task and not task.is_unreadable then
    local due = delay > 0 and whole(now + delay) or ''
    local head = { whole(now), due, '', task.job, task.priority, '0', '0', '', task.rest }
    return table.concat(head, ',') .. '\n' .. (body ~= '' and body or string.sub(task.live, task.start)), task.priority
  end
end

-- Raise before a task is stored.
check_delayed()
call('HLEN', TOMBS)
call('ZCARD', FAILED)
for priority = 0, 9 do
  call('LLEN', READY(priority))
end
want_each(values, 2, 4)
for i = 1, #values, 4 do
  local id, new_id, body, delay = values[i], values[i + 1], values[i + 2], tonumber(values[i + 3])
  local verdict = 'g'
  if call('HEXISTS', TASK, new_id) == 1 or find_record(new_id) then
    verdict = 'k'
  else
    local record = call('ZSCORE', FAILED, id) and find_record(id)
    local value, priority
    if record then
      value, priority = live_from(record, body, delay)
    end
    if value then
      verdict = 'q'
      clear_left_over(new_id)
      call('HSET', TASK, new_id, value)
      if delay > 0 then
        delay_task(new_id, now + delay)
      else
        lists[priority] = lists[priority] or {}
        table.insert(lists[priority], new_id)
      end
      over[#over + 1] = id
      fresh[#fresh + 1] = new_id
      fresh[#fresh + 1] = value
    end
  end
  verdicts[#verdicts + 1] = verdict
end
remove_cleared()
for priority, ids in pairs(lists) do
  push('RPUSH', priority, ids)
end
call_with('ZREM', FAILED, over)
announce('queued', fresh)
wake_idle()
save_state()
local reply = table.concat(verdicts)
call('SET', OPERATION, reply, 'PX', whole(OPERATION_TTL))
return reply
