-- include: head, waiting, places
-- flags: allow-oom
-- Deletes tasks that wait, and records of those that have ended, where they stand at one of the places. Held tasks stay.
--
-- KEYS
--   failed    zset, kept: see finish.lua
--   slot...   hash, gone with the ttl of their records: see records.lua
--   operation string, ten minutes: the reply of this operation
-- ARGV
--   ids...    of the tasks
-- policy: OPERATION_TTL
-- Reply, a letter an id: d deleted | n it is held or elsewhere, or does not exist; SLOTS when other slots are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
local before = call('GET', OPERATION)
if before then
  return before
end
call('ZCARD', FAILED)
local ids = { unpack(ARGV, IDS) }
local values, held = live_tasks(ids)
local verdicts, lost = {}, {}

-- Returns whether there was a record.
local function delete_record(id)
  for number = 1, SLOTS do
    if redis.pcall('HDEL', SLOT(number), id) == 1 then
      call('ZREM', FAILED, id)
      return true
    end
  end
  return false
end

for i, id in ipairs(ids) do
  local is_waiting = values[id] and not held[id] and may_change_live(id, false)
  local is_over = not values[id] and may_change('o')
  if is_waiting then
    leave_queue(id)
    lost[#lost + 1] = id
    values[id] = nil
  end
  verdicts[i] = (is_waiting or is_over and delete_record(id)) and 'd' or 'n'
end
if #lost > 0 then
  delete_tasks(lost)
  count('flushed', #lost)
  note_next_due()
end
save_state()
local reply = table.concat(verdicts)
call('SET', OPERATION, reply, 'PX', whole(OPERATION_TTL))
return reply
