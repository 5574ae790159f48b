-- Ends, as FAILURE, held tasks of condemned workers whose crashes reached the cap. ARGV 4 outcome, 5 ttl (ms), then ids,
-- their done keys in the same order. Reply: how many were ended.
local ended = 0
for i = 6, #ARGV do
  local id = ARGV[i]
  local _, claimed_at, by = string.match(call('HGET', HELD, id) or '', '^(%d+),(%d+),(.*)$')
  local mark = by and call('HGET', MARKS, by)
  if mark and string.match(mark, ',(-?%d+)$') == '-1' then
    local value = call('HGET', TASK, id)
    local task = parse(value)
    task.runs = task.runs + 1
    count('reclaimed')
    finish(id, value, task, 2, claimed_at, '0', by, ARGV[4], ARGV[5], KEYS[DONE + i - 5])
    ended = ended + 1
  end
end
publish()
return ended
