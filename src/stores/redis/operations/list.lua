-- include: head, records, tasks, batches, leases
-- flags: allow-oom
-- flags where writes are refused: no-writes
-- One page of the tasks in a state, without their bodies.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   ready:0-9 lists, kept: see ready.lua
--   failed    zset, kept: see finish.lua
--   leases    hash, kept: see leases.lua
--   recent    list, three days: see observe.lua
-- ARGV
--   kind      ready | delayed | held | failed | recent
--   cursor    '' for the first page; ready: "priority place", held: "worker fence place", others: "score id" of the last entry
--   most      tasks of the page
-- Reply: cursor of the next page, '' for none, of recent ones `sampled` where some are missing; then five a task: id, kind (1 live, 2 finished), live task or record without body, worker
-- that holds it or '', since when (ms); SLOTS when other slots are in use
if not knows_slots() then
  return redis.error_reply('SLOTS ' .. slots_in_use)
end
-- Most bytes of values that a page reads: it is short where its tasks are large.
local MOST_BYTES, LONGEST_OUTCOME = 4194304, 16384
local reply, bytes, next_cursor = { '' }, 0, ''
most = tonumber(most)

local function is_full()
  return #reply > 5 * most or bytes > MOST_BYTES
end

-- A live task without its body. An outcome that is long is left out.
local function without_body(value)
  local task = read_task(value)
  if task.is_unreadable then
    return string.sub(value, 1, 1)
  end
  local outcome = task.length == '' and '' or string.sub(value, #task.live + 1)
  if #outcome > LONGEST_OUTCOME then
    outcome = ''
  end
  return table.concat({
    task.queued, task.due, '', task.job, task.priority, task.runs, whole(task.crashes), outcome == '' and '' or '0', task.rest,
  }, ',') .. '\n' .. outcome
end

local function add(id, kind, value, worker, since)
  for _, part in ipairs({ id, kind, value, worker or '', since or '' }) do
    reply[#reply + 1] = part
  end
end

local function add_live(id, worker, since)
  local value = call('HGET', TASK, id)
  if value then
    bytes = bytes + #value
    add(id, '1', without_body(value), worker, since)
  end
end

local function add_record(id)
  local record = find_record(id)
  if not record then
    return
  end
  bytes = bytes + #record
  local head, live, written, by, start = string.match(record, '^(%d+,%d+,%-?%d+,%d+),(%d+),(%d+),([^\n]*)\n()')
  if head then
    local task = without_body(string.sub(record, start, start + tonumber(live) - 1))
    local from = start + tonumber(live)
    local outcome = string.sub(record, from, from + math.min(tonumber(written), LONGEST_OUTCOME) - 1)
    add(id, '2', table.concat({ head, ',', #task, ',', #outcome, ',', by, '\n', task, outcome }))
  end
end

-- By place, which changes as tasks are claimed.
local function list_ready()
  local from_priority, place = string.match(cursor, '^(%d) (%d+)$')
  place = tonumber(place or '0')
  for priority in string.gmatch(mask, '%d') do
    if not from_priority or priority <= from_priority then
      if priority ~= from_priority then
        place = 0
      end
      while true do
        local ids = redis.pcall('LRANGE', READY(priority), whole(place), whole(place + most - 1))
        if ids.err or #ids == 0 then
          break
        end
        for _, id in ipairs(ids) do
          if is_full() then
            next_cursor = priority .. ' ' .. whole(place)
            return
          end
          place = place + 1
          add_live(id)
        end
      end
    end
  end
end

-- Behind the last entry of the page before, or where it was.
local function list_zset(key, is_latest_first, add_one)
  local score, last = string.match(cursor, '^(%S+) (.*)$')
  local start = 0
  if score then
    local rank = call(is_latest_first and 'ZREVRANK' or 'ZRANK', key, last)
    if rank then
      start = rank + 1
    elseif is_latest_first then
      start = call('ZCOUNT', key, '(' .. score, '+inf')
    else
      start = call('ZCOUNT', key, '-inf', score)
    end
  end
  while true do
    local stop = whole(start + most - 1)
    local entries = is_latest_first and call('ZRANGE', key, whole(start), stop, 'REV', 'WITHSCORES') or
      call('ZRANGE', key, whole(start), stop, 'WITHSCORES')
    if #entries == 0 then
      return
    end
    for i = 1, #entries, 2 do
      if is_full() then
        return
      end
      add_one(entries[i])
      next_cursor = entries[i + 1] .. ' ' .. entries[i]
    end
    start = start + #entries / 2
  end
end

-- By worker, fence and place: what one page needs is read, and no more.
local function list_held()
  local at_worker, at_fence, at_place = string.match(cursor, '^(%S+) (%d+) (%d+)$')
  local workers = call('HKEYS', LEASES)
  table.sort(workers)
  for _, worker in ipairs(workers) do
    if not at_worker or worker >= at_worker then
      for _, fence in ipairs(fences_of(worker)) do
        local is_there = worker == at_worker
        local batch = (not is_there or tonumber(fence) >= tonumber(at_fence)) and batch_of(fence)
        for place, id in ipairs(batch and batch.ids or {}) do
          local is_behind = not (is_there and fence == at_fence) or place > tonumber(at_place)
          if is_behind and is_held(batch, place) then
            if is_full() then
              return
            end
            add_live(id, worker, batch.at)
            next_cursor = worker .. ' ' .. fence .. ' ' .. place
          end
        end
      end
    end
  end
end

-- On one page.
local function list_recent()
  local entries, seen = redis.pcall('LRANGE', RECENT, 0, -1), {}
  local is_sampled = false
  for _, entry in ipairs(entries.err and {} or entries) do
    local id = string.sub(entry, 2)
    is_sampled = is_sampled or string.sub(entry, 1, 1) == 's'
    if not (seen[id] or is_full()) then
      seen[id] = true
      add_record(id)
    end
  end
  reply[1] = is_sampled and 'sampled' or ''
end

if kind == 'recent' then
  list_recent()
  return reply
elseif kind == 'ready' then
  list_ready()
elseif kind == 'held' then
  list_held()
elseif kind == 'delayed' then
  list_zset(DELAYED, false, add_live)
elseif type(redis.pcall('ZCARD', FAILED)) == 'number' then
  list_zset(FAILED, true, add_record)
end
reply[1] = is_full() and next_cursor or ''
return reply
