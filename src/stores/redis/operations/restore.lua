-- include: registered, records, tasks, batch, ready, notices, wake, suspects, requeue, clear-left-over
-- Stores tasks as another store had them. Refused whole when the server is out of memory.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   tombs     hash, kept: see left-overs.lua
--   ready:0-9 lists, kept: see ready.lua
--   failed    zset, kept: see finish.lua
--   attempts  hash, kept: see finish.lua
-- ARGV
--   name      of the slot for the records, which is the first of the call
--   expiry    of that slot, ms
--   tasks     msgpack of six a task: id, kind (l live | o over | f over, and in the index of those that failed), live task or record, when it
--             is due or has ended (ms), msgpack of the attempts of a live one or '', priority
-- policy: FAILED_TTL, MOST_FAILED
-- Reply: a letter a task: s stored | k the id is known; SLOTS when other slots are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
-- Raise before a task is stored.
check_delayed()
call('HLEN', TOMBS)
call('HLEN', ATTEMPTS)
call('ZCARD', FAILED)
for priority = 0, 9 do
  call('LLEN', READY(priority))
end
local values, verdicts, records, failed, fresh, lists, taken = cmsgpack.unpack(tasks), {}, {}, {}, {}, {}, {}

local function restore_live(id, value, due, attempts, priority)
  clear_left_over(id)
  call('HSET', TASK, id, value)
  if attempts ~= '' then
    call('HSET', ATTEMPTS, id, attempts)
    add_feature('a')
  end
  if due > now then
    delay_task(id, due)
  else
    lists[priority] = lists[priority] or {}
    table.insert(lists[priority], id)
  end
  fresh[#fresh + 1] = id
  fresh[#fresh + 1] = value
end

want_each(values, 1, 6)
for i = 1, #values, 6 do
  local id, kind, value, at, attempts, priority = unpack(values, i, i + 5)
  if taken[id] or call('HEXISTS', TASK, id) == 1 or find_record(id) then
    verdicts[#verdicts + 1] = 'k'
  else
    verdicts[#verdicts + 1], taken[id] = 's', true
    if kind == 'l' then
      restore_live(id, value, tonumber(at), attempts, priority)
    else
      records[#records + 1] = id
      records[#records + 1] = value
    end
    if kind == 'f' and tonumber(at) > now - FAILED_TTL then
      failed[#failed + 1] = at
      failed[#failed + 1] = id
    end
  end
end
remove_cleared()
if #records > 0 then
  put_records(1, name, tonumber(expiry), records)
end
if #failed > 0 then
  call_with('ZADD', FAILED, failed)
  call('ZREMRANGEBYRANK', FAILED, 0, -MOST_FAILED - 1)
end
for priority, ids in pairs(lists) do
  push('RPUSH', priority, ids)
end
announce('queued', fresh)
wake_idle()
save_state()
return table.concat(verdicts)
