-- Gives a place, or a place in line, up; and sets it aside for the next who waits.
--
-- ARGV after the head of `lock-head.lua`: holder ('' for nobody: what is free is set aside, and no more), fence ('' for
-- whatever it is), max. Reply: 1 released | 0, then reserved: holder, fence, ...
local holder, fence = ARGV[3], ARGV[4]
local released = 0
if holder ~= '' and (fence == '' or call('HGET', FENCES, holder) == fence) then
  released = call('ZREM', HOLDERS, holder)
  call('HDEL', FENCES, holder)
  leave_line(holder)
end
reserve(tonumber(ARGV[5]))
local reply = { released }
for _, part in ipairs(reserved) do
  reply[#reply + 1] = part
end
return reply
