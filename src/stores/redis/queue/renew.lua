-- Extends a lease that is there, and clears the mark of a first look. ARGV 4 worker. Reply: 1 held, 0 lost.
local slots, ttl, mark = string.match(call('HGET', MARKS, ARGV[4]) or '', '^(%d+),(%d+),(-?%d+)$')
if not slots or mark == '-1' then
  return 0
end
if mark ~= '0' then
  call('HSET', MARKS, ARGV[4], slots .. ',' .. ttl .. ',0')
end
call('ZADD', WORKERS, 'XX', whole(now + tonumber(ttl)), ARGV[4])
return call('ZSCORE', WORKERS, ARGV[4]) and 1 or 0
