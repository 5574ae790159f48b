-- One pass over the expired workers. ARGV 4 cap (crashes), 5 grace (ms), 6 chunk (most tasks moved).
-- Reply: condemned (list), requeued (number), over the cap (list of ids: `fail` ends them), more (0|1).
local cap, grace, left = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local condemned, failing, dead = {}, {}, {}
local requeued, more = 0, 0
local marks = call('HGETALL', MARKS)
for i = 1, #marks, 2 do
  local worker = marks[i]
  local slots, ttl, mark = string.match(marks[i + 1], '^(%d+),(%d+),(-?%d+)$')
  mark = tonumber(mark)
  if mark == -1 then
    dead[worker] = tonumber(slots)
  else
    local expiry = call('ZSCORE', WORKERS, worker)
    if not expiry or tonumber(expiry) <= now then
      if mark == 0 then
        call('HSET', MARKS, worker, slots .. ',' .. ttl .. ',' .. whole(now))
        more = 1
      elseif now - mark < grace then
        more = 1
      else
        -- Condemned before its tasks move: nothing that it says counts from here on.
        call('HSET', MARKS, worker, slots .. ',' .. ttl .. ',-1')
        call('ZREM', WORKERS, worker)
        call('ZREM', IDLE, worker)
        condemned[#condemned + 1] = worker
        dead[worker] = tonumber(slots)
      end
    end
  end
end
if next(dead) then
  local entries, places, kept = {}, {}, {}
  for worker in pairs(dead) do
    places[worker], kept[worker] = 0, 0
  end
  local held = call('HGETALL', HELD)
  for i = 1, #held, 2 do
    local fence, _, by = string.match(held[i + 1], '^(%d+),(%d+),(.*)$')
    if dead[by] then
      entries[#entries + 1] = { id = held[i], fence = tonumber(fence), worker = by }
    end
  end
  table.sort(entries, function(a, b) return a.fence < b.fence end)
  for _, entry in ipairs(entries) do
    places[entry.worker] = places[entry.worker] + 1
    entry.place = places[entry.worker]
  end
  -- The last go first: a next chunk goes before them.
  for at = #entries, 1, -1 do
    local entry = entries[at]
    local id, worker, place = entry.id, entry.worker, entry.place
    local value = call('HGET', TASK, id)
    -- One alone is not left for the next pass, which would take it for one that had run alone.
    local is_last_of_many = place == 1 and places[worker] > 1 and kept[worker] == 0
    if not value then
      call('HDEL', HELD, id)
    elseif left <= 0 and not is_last_of_many then
      more = 1
      kept[worker] = kept[worker] + 1
    else
      left = left - 1
      local task = parse(value)
      -- Tasks start in the order of their fences: only the first ones can have been running.
      local running = math.min(dead[worker], places[worker])
      if place <= running then
        if running == 1 then
          task.crashes = task.crashes + 1
        end
        call('HSET', SUSPECTS, id, whole(now))
      end
      if task.crashes >= cap then
        kept[worker] = kept[worker] + 1
        call('HSET', TASK, id, live(task, body_of(value, task), outcome_of(value, task)))
        failing[#failing + 1] = id
      else
        put_back(id, value, task, 0, true)
        requeued = requeued + 1
        count('reclaimed')
      end
    end
  end
  for worker in pairs(dead) do
    if kept[worker] == 0 then
      call('HDEL', MARKS, worker)
      call('HDEL', LANES, worker .. ':0', worker .. ':1')
      bury(worker)
    end
  end
end
publish()
wake()
return { condemned, requeued, failing, more }
