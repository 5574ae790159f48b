-- Gives a lease up; what is still held goes back to the head of the queue and no run counts. ARGV 4 worker. Reply: 1.
local worker = ARGV[4]
local mine = {}
local held = call('HGETALL', HELD)
for i = 1, #held, 2 do
  local fence, _, by = string.match(held[i + 1], '^(%d+),(%d+),(.*)$')
  if by == worker then
    mine[#mine + 1] = { held[i], tonumber(fence) }
  end
end
table.sort(mine, function(a, b) return a[2] > b[2] end)
for _, entry in ipairs(mine) do
  local value = call('HGET', TASK, entry[1])
  if value then
    put_back(entry[1], value, parse(value), 0, true)
    count('released')
  end
end
call('ZREM', WORKERS, worker)
call('ZREM', IDLE, worker)
local mark = call('HGET', MARKS, worker)
if mark and string.match(mark, ',(-?%d+)$') == '-1' then
  bury(worker)
end
call('HDEL', MARKS, worker)
call('HDEL', LANES, worker .. ':0', worker .. ':1')
publish()
wake()
return 1
