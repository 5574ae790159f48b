-- Drops a chunk of what waits. KEYS DONE + 1: counter of the operation (string, expires after 10 min).
-- ARGV 4 chunk. Reply: dropped so far by this operation, more (0|1).
local key = KEYS[DONE + 1]
local chunk = tonumber(ARGV[4])
local so_far = call('GET', key)
if so_far and string.sub(so_far, -1) == '.' then
  return { string.sub(so_far, 1, -2), 0 }
end
local ids = {}
for priority = 9, 0, -1 do
  if #ids < chunk then
    local entries = call('LPOP', KEYS[READY + priority], chunk - #ids) or {}
    for _, entry in ipairs(entries) do
      ids[#ids + 1] = string.match(entry, '^(.*):%d+$')
    end
  end
end
if #ids < chunk then
  local delayed = call('ZPOPMIN', DELAYED, chunk - #ids)
  for i = 1, #delayed, 2 do
    ids[#ids + 1] = delayed[i]
  end
end
local dropped = 0
for from = 1, #ids, 500 do
  dropped = dropped + call('HDEL', TASK, unpack(ids, from, math.min(from + 499, #ids)))
end
local total = whole(tonumber(so_far or '0') + dropped)
local more = #ids >= chunk and 1 or 0
call('SET', key, more == 1 and total or (total .. '.'), 'PX', 600000)
return { total, more }
