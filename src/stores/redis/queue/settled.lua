-- include: head, records
-- flags: allow-oom
-- What became of tasks that their worker holds no more under the fence of its settlement.
--
-- KEYS
--   task      hash, kept: see tasks.lua
-- ARGV
--   tasks...  two each: id, fence of the batch in which it was held
-- Reply, a letter a task: r ended by that settlement | s by another one, or still live | u unknown; SLOTS when other slots are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
local verdicts = {}
for i = TASKS, #ARGV, 2 do
  local id, fence = ARGV[i], ARGV[i + 1]
  local record = call('HEXISTS', TASK, id) == 0 and find_record(id)
  local is_unknown = record == nil
  local ended_by = record and string.match(record, '^%d+,%d+,%-?%d+,(%d+),')
  verdicts[#verdicts + 1] = is_unknown and 'u' or ended_by == fence and 'r' or 's'
end
return table.concat(verdicts)
