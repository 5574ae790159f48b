-- include: head
-- Counters of the queue since it was first used: "succeeded,failed,revoked,retried,released,reclaimed,flushed". A counter that is
-- no number begins anew.
local COUNTS = { succeeded = 1, failed = 2, revoked = 3, retried = 4, released = 5, reclaimed = 6, flushed = 7 }

local function count(name, by)
  if by == 0 then
    return
  end
  local values = {}
  for value in string.gmatch(counters, '[^,]+') do
    values[#values + 1] = tonumber(value) or 0
  end
  for i = 1, 7 do
    values[i] = whole((values[i] or 0) + (i == COUNTS[name] and by or 0))
  end
  counters = table.concat(values, ',')
end
