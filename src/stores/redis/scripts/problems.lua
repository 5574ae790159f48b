-- include: head
-- Failures by their cause. They are for look-ups only: where their key has another type, runs are settled all the same.
--
-- KEYS
--   problems  hash, kept: fingerprint -> msgpack of state (open | muted | resolved), whether it came back (0|1), how often, when first and
--             last (ms), job, class of the error, message, versions and ids of tasks, the latest of each first
-- policy: MOST_PROBLEMS, PROBLEMS_DROPPED, MOST_VERSIONS, MOST_SAMPLES

-- The parts of a problem; nothing where it cannot be read.
local function read_problem(value)
  local is_readable, parts = pcall(cmsgpack.unpack, value or '')
  return is_readable and type(parts) == 'table' and #parts == 10 and parts or nil
end

local function note_problems(verdicts)
  if type(redis.pcall('HLEN', PROBLEMS)) ~= 'number' then
    return
  end
  -- Puts a text at the head of a list, where it is not there yet.
  local function put_first(list, text, most)
    for i = #list, 1, -1 do
      if list[i] == text then table.remove(list, i) end
    end
    table.insert(list, 1, text)
    list[most + 1] = nil
  end
  -- Makes room for a new one.
  local function drop_oldest()
    local rows, seen = call('HGETALL', PROBLEMS), {}
    for i = 1, #rows, 2 do
      local parts = read_problem(rows[i + 1])
      seen[#seen + 1] = { id = rows[i], last = parts and tonumber(parts[5]) or 0 }
    end
    table.sort(seen, function(a, b) return a.last < b.last end)
    for i = 1, math.min(PROBLEMS_DROPPED, #seen) do
      call('HDEL', PROBLEMS, seen[i].id)
    end
  end
  local all = cmsgpack.unpack(problems)
  for i = 1, #all, 7 do
    local number, id, job, class, message, version, task = unpack(all, i, i + 6)
    if verdicts[tonumber(number)] == 'r' then
      local parts = read_problem(call('HGET', PROBLEMS, id))
      if not parts then
        if call('HLEN', PROBLEMS) >= MOST_PROBLEMS then drop_oldest() end
        parts = { 'open', '0', '0', whole(now), '', job, class, message, {}, {} }
      elseif parts[1] == 'resolved' then
        parts[1], parts[2] = 'open', '1'
      end
      parts[3], parts[5] = whole(tonumber(parts[3]) + 1), whole(now)
      if version ~= '' then put_first(parts[9], version, MOST_VERSIONS) end
      put_first(parts[10], task, MOST_SAMPLES)
      call('HSET', PROBLEMS, id, pack(parts))
    end
  end
end
