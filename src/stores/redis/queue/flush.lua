-- Drops a chunk of what waits. KEYS DONE + 1: counter of the operation (string, expires after 10 min).
-- ARGV 4 chunk (tasks, at most 500). Reply: dropped so far by this operation, more (0|1).
local key = KEYS[DONE + 1]
local chunk = tonumber(ARGV[4])
local so_far = call('GET', key)
if so_far and string.sub(so_far, -1) == '.' then
  return { string.sub(so_far, 1, -2), 0 }
end
local seen = 0
local dropped = 0

-- Forgets waiting tasks. gens: of their list entries, where they have one: an entry that was left over names a task that
-- is over, or one of the same id that came later and is not to be touched through it.
local function drop(ids, gens)
  seen = seen + #ids
  if #ids == 0 then
    return
  end
  local waiting = {}
  local values = call('HMGET', TASK, unpack(ids))
  for i, id in ipairs(ids) do
    local value, gen = values[i], gens and gens[i]
    if value and (not gen or string.sub(value, 1, #gen + 1) == gen .. ',') then
      waiting[#waiting + 1] = id
    end
  end
  if #waiting > 0 then
    dropped = dropped + call('HDEL', TASK, unpack(waiting))
    if has_suspects then
      call('HDEL', SUSPECTS, unpack(waiting))
    end
  end
end

for priority = 9, 0, -1 do
  if seen < chunk then
    local ids, gens = {}, {}
    for i, entry in ipairs(call('LPOP', KEYS[READY + priority], chunk - seen) or {}) do
      ids[i], gens[i] = string.match(entry, '^(.*):(%d+)$')
    end
    drop(ids, gens)
  end
end
if seen < chunk then
  local ids = {}
  local delayed = call('ZPOPMIN', DELAYED, chunk - seen)
  for i = 1, #delayed, 2 do
    ids[#ids + 1] = delayed[i]
  end
  drop(ids)
end
local total = whole(tonumber(so_far or '0') + dropped)
local more = seen >= chunk and 1 or 0
call('SET', key, more == 1 and total or (total .. '.'), 'PX', 600000)
return { total, more }
