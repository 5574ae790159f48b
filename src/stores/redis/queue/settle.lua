-- Records outcomes and claims up to max tasks.
--
-- ARGV 4 worker, 5 lane, 6 seq, 7 max; then seven an outcome: kind (d|r|b: done, retry, back), id, fence, status, ttl or
-- delay (ms), encoded outcome, index of its done key from 1 ('0': none).
-- Reply: verdicts (one letter an outcome: r recorded, s stale, u unknown), ms to the next due task (-1: none), paused,
-- listened, now (ms), first fence; then two a claimed task: id, live task.
local worker, lane, seq, max = ARGV[4], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
if not call('ZSCORE', WORKERS, worker) then
  return redis.error_reply('LOST lease')
end

local function next_due()
  local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
  if not first[2] then
    return '-1'
  end
  return whole(math.max(0, tonumber(first[2]) - now))
end

local lane_field = worker .. ':' .. lane
local last = call('HGET', LANES, lane_field)
if last then
  local last_seq, verdicts, first, ids = string.match(last, '^(%d+)\n(%a*)\n(%d+)(.*)$')
  if seq < tonumber(last_seq) then
    return redis.error_reply('STALE call')
  end
  if seq == tonumber(last_seq) then
    -- The answer that was given; what it claimed is still there, but for what was revoked since.
    local reply = { verdicts, next_due(), paused and 1 or 0, listened and 1 or 0, whole(now), first }
    local fence = tonumber(first)
    for id in string.gmatch(ids, '\n([^\n]+)') do
      local held = call('HGET', HELD, id)
      local held_fence, at, by = string.match(held or '', '^(%d+),(%d+),(.*)$')
      if held_fence == whole(fence) and by == worker then
        reply[5] = at
        reply[#reply + 1] = id
        reply[#reply + 1] = call('HGET', TASK, id)
      else
        -- Keeps the fences of those behind it in step.
        reply[#reply + 1] = id
        reply[#reply + 1] = ''
      end
      fence = fence + 1
    end
    return reply
  end
end

-- Outcomes.
local verdicts = {}
local backs = {}
-- id -> kind: a task is written once a call, whatever else the call says of it.
local written = {}
for i = 8, #ARGV, 7 do
  local kind, id, fence = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local held_fence, claimed_at, by = string.match(call('HGET', HELD, id) or '', '^(%d+),(%d+),(.*)$')
  local verdict
  if written[id] then
    verdict = written[id] == kind and held_fence == fence and 'r' or 's'
  elseif held_fence == fence and by == worker then
    verdict = 'r'
    written[id] = kind
    local value = call('HGET', TASK, id)
    local task = parse(value)
    if kind == 'd' then
      task.runs = task.runs + 1
      finish(id, value, task, tonumber(ARGV[i + 3]), claimed_at, fence, worker, ARGV[i + 5],
        ARGV[i + 4], KEYS[DONE + tonumber(ARGV[i + 6])])
    elseif kind == 'r' then
      task.runs = task.runs + 1
      local delay = tonumber(ARGV[i + 4])
      if delay == 0 then
        task.due = whole(now)
      end
      put_back(id, value, task, delay, false, ARGV[i + 5])
      if has_suspects then
        call('HDEL', SUSPECTS, id)
      end
      count('retried')
    else
      backs[#backs + 1] = { id, value, task, tonumber(ARGV[i + 4]) }
    end
  elseif call('HEXISTS', TASK, id) == 1 then
    verdict = 's'
  else
    local key = tonumber(ARGV[i + 6])
    local rec = key > 0 and call('GET', KEYS[DONE + key])
    local by_fence = rec and string.match(rec, '^%d+,%d+,%d+,%d+,%d+,%d+,%d+,%d+,%d+,%d+,(%d+),')
    verdict = not rec and 'u' or by_fence == fence and 'r' or 's'
  end
  verdicts[#verdicts + 1] = verdict
end
forget()
for i = #backs, 1, -1 do
  put_back(backs[i][1], backs[i][2], backs[i][3], backs[i][4], true)
  count('released')
end

-- What is due becomes ready, in the order of its times.
local due = call('ZRANGEBYSCORE', DELAYED, '-inf', now, 'LIMIT', 0, 500)
if #due > 0 then
  call('ZREM', DELAYED, unpack(due))
  for _, id in ipairs(due) do
    local value = call('HGET', TASK, id)
    if value then
      local gen, priority = string.match(value, '^(%d+),(%d)')
      call('RPUSH', ready_key(priority), id .. ':' .. gen)
    end
  end
end

-- The claim.
local ids, values = {}, {}
local function take(entry)
  local id, gen = string.match(entry, '^(.*):(%d+)$')
  local value = call('HGET', TASK, id)
  -- A left-over of a task that was revoked, or of an older one of the same id.
  if value and string.sub(value, 1, #gen + 1) == gen .. ',' then
    ids[#ids + 1] = id
    values[#values + 1] = value
  end
end

local function claim()
  for priority = 9, 0, -1 do
    local key = KEYS[READY + priority]
    while #ids < max do
      local entries = call('LPOP', key, math.min(max - #ids, 500))
      if not entries then
        break
      end
      for _, entry in ipairs(entries) do
        take(entry)
      end
    end
  end
end

-- With suspects about: one goes alone, to a worker that holds nothing; others pass them by.
-- Returns whether the worker can take no more until something that it holds has ended.
local function claim_among_suspects()
  local holds, has_suspect = 0, false
  local held = call('HGETALL', HELD)
  for i = 1, #held, 2 do
    if string.match(held[i + 1], '^%d+,%d+,(.*)$') == worker then
      holds = holds + 1
      has_suspect = has_suspect or call('HEXISTS', SUSPECTS, held[i]) == 1
    end
  end
  if has_suspect then
    return true
  end
  local is_blocked = false
  for priority = 9, 0, -1 do
    local key = KEYS[READY + priority]
    local passed = {}
    while #ids < max do
      local entry = call('LPOP', key)
      if not entry then
        break
      end
      local id = string.match(entry, '^(.*):%d+$')
      if call('HEXISTS', SUSPECTS, id) == 0 then
        take(entry)
      elseif holds == 0 and #ids == 0 then
        take(entry)
        if #ids > 0 then
          max = 1
          is_blocked = true
        end
      else
        passed[#passed + 1] = entry
        -- Else a suspect would wait for ever where no worker is ever empty.
        local since = tonumber(call('HGET', SUSPECTS, id))
        if since and now - since > 2000 then
          max = #ids
          is_blocked = true
        end
      end
    end
    for i = #passed, 1, -1 do
      call('LPUSH', key, passed[i])
    end
  end
  return is_blocked
end

local wanted = max
local is_blocked = false
if max > 0 and not paused then
  if not has_suspects then
    claim()
  else
    is_blocked = claim_among_suspects()
  end
end

local fence = math.max(tonumber(meta[3] or '0') + 1, micros)
local first = whole(fence)
if #ids > 0 then
  local rows = {}
  for i, id in ipairs(ids) do
    rows[#rows + 1] = id
    rows[#rows + 1] = whole(fence + i - 1) .. ',' .. whole(now) .. ',' .. worker
  end
  for from = 1, #rows, 500 do
    call('HSET', HELD, unpack(rows, from, math.min(from + 499, #rows)))
  end
  call('HSET', META, 'fence', whole(fence + #ids - 1))
end
local kept = { whole(seq), table.concat(verdicts), first }
for _, id in ipairs(ids) do
  kept[#kept + 1] = id
end
call('HSET', LANES, lane_field, table.concat(kept, '\n'))
if #ids < wanted and not is_blocked then
  call('ZADD', IDLE, 'NX', whole(micros), worker)
  local soonest = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  if soonest then
    call('HSET', META, 'armed', soonest .. ',' .. worker)
  end
else
  call('ZREM', IDLE, worker)
end
publish()
wake()
local reply = { table.concat(verdicts), next_due(), paused and 1 or 0, listened and 1 or 0, whole(now), first }
for i, id in ipairs(ids) do
  reply[#reply + 1] = id
  reply[#reply + 1] = values[i]
end
return reply
