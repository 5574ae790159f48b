-- Makes a worker's lease. ARGV 4 worker, 5 slots, 6 ttl (ms). Reply: 1 held, 0 lost (it was condemned).
local mark = call('HGET', MARKS, ARGV[4])
if call('ZSCORE', BURIED, ARGV[4]) or (mark and string.match(mark, ',(-?%d+)$') == '-1') then
  return 0
end
call('ZADD', WORKERS, whole(now + tonumber(ARGV[6])), ARGV[4])
call('HSET', MARKS, ARGV[4], ARGV[5] .. ',' .. ARGV[6] .. ',0')
return 1
