-- include: head, batches, held-count, oldest
-- Adds what a worker has seen to the series of a queue. The first observation of an interval takes a sample of the queue, too.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   delayed   zset, kept: id by due time, ms
--   totals    hash, kept: letter of a count (see run-counts.ts) and name of the job -> amount | ! and job: that it is known | @ and job:
--             when it succeeded last, ms | # number of known jobs | > and < the last two samples, the later one first: "at,ready,delayed,
--             held,age of the oldest ready task or ''" ; counters as of counts.lua | ~ samples for rates, the latest first, with spaces:
--             "at,live,age of the oldest ready task or ''" ; counters. A * at the end: the queue had none before
--   unseen    hash, kept: see unseen.lua
--   recent    list, three days: s or c (is sampled, or complete) and id of a task that has ended, the latest first
--   watch     string, 15 s: that somebody looks at the series
--   operation string, ten minutes: number of the observer's last observation
--   series... hash, as long as its ring keeps it: each of a ring, ten intervals and a job: number of the interval in them and
--             letter -> amount; of the whole queue also with * (sizes) and + (counters): the sample
-- ARGV
--   seq       number of the observation
--   at        digits of the intervals in their hashes, one a ring
--   ttls      of the hashes, one a ring, with spaces, ms
--   rows      msgpack of two a job: its name, its counts; the first is the whole queue, the last stands for jobs beyond MOST_JOBS. The
--             series of a row are the next keys, one a ring
--   ended     msgpack of ids, the last one at the end
--   mark      s or c
-- policy: MOST_JOBS, MOST_RECENT, RATE_INTERVAL, RATE_SAMPLES, RECENT_TTL, OPERATION_TTL
-- Reply: watched (0|1), then the jobs of unseen ends that have no row
local RINGS = 3
local values = cmsgpack.unpack(rows)
local lifetimes = {}
for ttl in string.gmatch(ttls, '%d+') do
  lifetimes[#lifetimes + 1] = ttl
end

local function add(row, counts)
  for ring = 1, RINGS do
    local key, digit = SERIES((row - 1) * RINGS + ring), string.sub(at, ring, ring)
    for letter, amount in string.gmatch(counts, '(%a)(%d+)') do
      call('HINCRBY', key, digit .. letter, amount)
    end
    call('PEXPIRE', key, lifetimes[ring], 'NX')
  end
end

-- The row of a job: that of all others where there are too many.
local function row_of(row, last)
  local job = values[2 * row - 1]
  if call('HEXISTS', TOTALS, '!' .. job) == 1 then
    return row
  elseif (tonumber(call('HGET', TOTALS, '#') or '') or 0) >= MOST_JOBS then
    return last
  end
  call('HSET', TOTALS, '!' .. job, '1')
  call('HINCRBY', TOTALS, '#', '1')
  return row
end

-- Takes over the ends of a job that no worker has seen.
local function unseen_of(job)
  local counts = ''
  for _, letter in ipairs({ 'W', 'X' }) do
    local amount = call('HGET', UNSEEN, letter .. job)
    if amount then
      call('HDEL', UNSEEN, letter .. job)
      counts = counts .. letter .. amount
    end
  end
  return counts
end

local function add_rows()
  local last = #values / 2
  for row = 2, last do
    local job = values[2 * row - 1]
    local unseen = unseen_of(job)
    local counts = values[2 * row] .. unseen
    if counts ~= '' then
      local target = row_of(row, last)
      local name = values[2 * target - 1]
      add(target, counts)
      if unseen ~= '' then
        add(1, unseen)
      end
      for letter, amount in string.gmatch(counts, '(%a)(%d+)') do
        call('HINCRBY', TOTALS, letter .. name, amount)
      end
      if string.find(counts, 'V', 1, true) then
        call('HSET', TOTALS, '@' .. name, whole(now))
      end
    end
  end
  if values[2] ~= '' then
    add(1, values[2])
  end
end

local function sample()
  local missing = {}
  for ring = 1, RINGS do
    if call('HEXISTS', SERIES(ring), string.sub(at, ring, ring) .. '*') == 0 then
      missing[#missing + 1] = ring
    end
  end
  if #missing == 0 then
    return
  end
  local held, delayed, oldest = count_held(), call('ZCARD', DELAYED), oldest_due()
  local ready = math.max(0, call('HLEN', TASK) - held - delayed)
  local sizes = table.concat({
    whole(now), whole(ready), whole(delayed), whole(held), oldest and whole(math.max(0, now - oldest)) or '',
  }, ',')
  for _, ring in ipairs(missing) do
    local digit = string.sub(at, ring, ring)
    call('HSET', SERIES(ring), digit .. '*', sizes, digit .. '+', counters)
    call('PEXPIRE', SERIES(ring), lifetimes[ring], 'NX')
  end
  local before = call('HGET', TOTALS, '>')
  call('HSET', TOTALS, '>', sizes .. ';' .. counters, '<', before or '')
end

-- Of each interval the last sample counts. What has waited for how long matters only after a time in which nobody told of anything.
local function sample_for_rates()
  local kept = call('HGET', TOTALS, '~') or call('HGET', TOTALS, '>') and '' or '*'
  local samples = {}
  for each in string.gmatch(kept, '%S+') do
    samples[#samples + 1] = each
  end
  local last = tonumber(string.match(samples[1] or '', '^(%d+),') or '')
  local passed = last and math.floor(now / RATE_INTERVAL) - math.floor(last / RATE_INTERVAL)
  if passed == 0 then
    table.remove(samples, 1)
  end
  local oldest = not (passed and passed <= 1) and oldest_due()
  local age = oldest and whole(math.max(0, now - oldest)) or ''
  table.insert(samples, 1, table.concat({ whole(now), whole(call('HLEN', TASK)), age }, ',') .. ';' .. counters)
  call('HSET', TOTALS, '~', table.concat(samples, ' ', 1, math.min(#samples, RATE_SAMPLES)))
end

-- Raise before anything is written.
call('HLEN', TOTALS)
call('HLEN', UNSEEN)
call('LLEN', RECENT)
local reply = { type(redis.pcall('GET', WATCH)) == 'string' and '1' or '0' }
if call('GET', OPERATION) == seq then
  return reply
end
-- First, so that what fails half-way is not added again and again.
call('SET', OPERATION, seq, 'PX', whole(OPERATION_TTL))
add_rows()
sample_for_rates()
sample()
local ids = cmsgpack.unpack(ended)
for i = 1, #ids do
  call('LPUSH', RECENT, mark .. ids[i])
end
if #ids > 0 then
  call('LTRIM', RECENT, 0, MOST_RECENT - 1)
  call('PEXPIRE', RECENT, whole(RECENT_TTL))
end
local named = {}
for _, field in ipairs(call('HKEYS', UNSEEN)) do
  local job = string.sub(field, 2)
  if not named[job] and #reply <= MOST_JOBS then
    named[job] = true
    reply[#reply + 1] = job
  end
end
return reply
