-- Stores progress of tasks that the worker still holds. ARGV 4 worker, then three a task: id, fence, encoded progress.
-- Reply, one a task: 1 stored, 0 refused.
local reply = {}
local leased = call('ZSCORE', WORKERS, ARGV[4])
for i = 5, #ARGV, 3 do
  local fence, _, by = string.match(call('HGET', HELD, ARGV[i]) or '', '^(%d+),(%d+),(.*)$')
  local stored = leased and by == ARGV[4] and fence == ARGV[i + 1]
  if stored then
    call('HSET', PROGRESS, ARGV[i], ARGV[i + 2])
  end
  reply[#reply + 1] = stored and 1 or 0
end
return reply
