-- include: records, tasks, batches, counts, notices, suspects
-- Ends tasks: writes their records, and tells all who wait for them or listen.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   progress  hash, kept: id -> encoded progress of a held task
--   attempts  hash, kept: id -> msgpack of the last attempts, each msgpack of run, started at, ended at, worker, error
--   inboxes   hash, kept: see add-inbox.lua
--   failed    zset, kept: id of a task that failed or was revoked, by its end, ms: the last 10,000 of seven days
-- policy: FAILED_TTL, MOST_FAILED
local FAILURE, REVOKED = '2', '3'

-- Raise before anything is moved.
if has_feature('p') then call('HLEN', PROGRESS) end
if has_feature('a') then call('HLEN', ATTEMPTS) end
if has_feature('i') then call('HLEN', INBOXES) end

-- The values of some ids in a hash of a feature. Nothing when there are none.
local function of_feature(letter, key, ids)
  return has_feature(letter) and call('HMGET', key, unpack(ids)) or nil
end

-- Adds progress and attempts to records, and the ends for inboxes that came later. begin: what the records begin with, where it is kept once.
local function complete(ids, records, begin)
  local progress = of_feature('p', PROGRESS, ids)
  local attempts = of_feature('a', ATTEMPTS, ids)
  local inboxes = of_feature('i', INBOXES, ids)
  for i, id in ipairs(ids) do
    local done, tried = progress and progress[i] or '', attempts and attempts[i] or ''
    if done ~= '' or tried ~= '' then
      records[i] = records[i] .. cmsgpack.pack({ done, tried })
    end
    if inboxes and inboxes[i] then
      add_end(inboxes[i], id, begin and whole_record(records[i], begin) or records[i])
    end
  end
end

-- The index is for look-ups only: where it has another type, the tasks end all the same.
local function note_failed(ids)
  local entries = {}
  for _, id in ipairs(ids) do
    entries[#entries + 1] = whole(now)
    entries[#entries + 1] = id
  end
  if #entries > 0 and type(redis.pcall('ZCARD', FAILED)) == 'number' then
    call_with('ZADD', FAILED, entries)
    call('ZREMRANGEBYSCORE', FAILED, '-inf', whole(now - FAILED_TTL))
    call('ZREMRANGEBYRANK', FAILED, 0, -MOST_FAILED - 1)
  end
end

-- Deletes what lives with the task.
local function delete_tasks(ids)
  for first = 1, #ids, 1000 do
    local some = { unpack(ids, first, math.min(first + 999, #ids)) }
    call('HDEL', TASK, unpack(some))
    delete_of_feature('p', PROGRESS, some)
    delete_of_feature('a', ATTEMPTS, some)
    delete_of_feature('i', INBOXES, some)
    drop_suspects(some)
  end
end

-- The record of a task that a script ends by itself. batch: what holds it, or nothing.
local function record_of(task, status, batch, outcome)
  local since = batch and tonumber(batch.at) or 0
  return table.concat({
    status, ',', whole(since), ',', whole(math.max(0, now - since)), ',0,', #task.live, ',', #outcome, ',',
    batch and batch.by or '', '\n', task.live, outcome,
  })
end

-- Ends tasks that no settlement ends. ended: { id, value, batch, outcome } each: one of its own, or that of all. is_moved: they go on elsewhere, so that nobody retries them.
local function finish(ended, status, outcome, name, expiry, is_moved)
  local ids, records, both = {}, {}, {}
  for i, each in ipairs(ended) do
    local task = read_task(each.value)
    ids[i] = each.id
    records[i] = record_of(task, status, each.batch, each.outcome or outcome)
    each.inboxes = task.inboxes
  end
  if #ids == 0 then
    return
  end
  complete(ids, records)
  for i, id in ipairs(ids) do
    both[2 * i - 1] = id
    both[2 * i] = records[i]
    add_end(ended[i].inboxes, id, records[i])
  end
  put_records(1, name, expiry, both)
  if not is_moved then
    note_failed(ids)
  end
  delete_tasks(ids)
  count(status == FAILURE and 'failed' or 'revoked', #ids)
  announce('done', both)
end
