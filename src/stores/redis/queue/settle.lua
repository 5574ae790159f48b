-- include: head, finish, requeue, claim, wake
-- flags: allow-oom
-- Records settlements and claims up to max tasks.
--
-- KEYS
--   task      hash, kept: see task.lua
--   workers   zset, kept: worker by expiry of its lease, ms
--   lanes     hash, kept: see leases.lua
--   suspects  hash, kept: see suspects.lua
--   delayed   zset, kept: id by due time, ms
--   done...   strings, gone with the result's ttl: records, one for each settlement
-- ARGV
--   worker    its id
--   lane      0 or 1
--   seq       number of the call
--   max       most tasks to claim
--   settlements... six each: kind (done | retry | release), id, fence, status, ttl or delay (ms), encoded outcome
-- Reply: verdicts (one letter a settlement: r recorded, s stale, u unknown), ms to the next due task (-1: none), paused,
-- whether anyone listens (0|1), now or when the tasks were claimed (ms), first fence; then two a claimed task: id, live task
if not call('ZSCORE', WORKERS, worker) then
  return redis.error_reply('LOST lease')
end

-- claims: two a task, as of the reply.
local function reply_with(verdicts, claimed_at, first_fence, claims)
  local due = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  local next_due = due and whole(math.max(0, tonumber(due) - now)) or '-1'
  local reply = { verdicts, next_due, paused and 1 or 0, has_listeners and 1 or 0, claimed_at, first_fence }
  for _, part in ipairs(claims) do
    reply[#reply + 1] = part
  end
  return reply
end

-- Answers a call that is sent again as it was answered the first time, but for tasks that were revoked since.
local function replay(verdicts, first_fence, ids)
  local claims, claimed_at = {}, whole(now)
  local fence = tonumber(first_fence)
  for _, id in ipairs(ids) do
    local held_fence, at, by = held_row(id)
    claims[#claims + 1] = id
    if held_fence == whole(fence) and by == worker then
      claimed_at = at
      claims[#claims + 1] = call('HGET', TASK, id) or ''
    else
      -- Keeps the fences of the tasks behind it in step.
      claims[#claims + 1] = ''
    end
    fence = fence + 1
  end
  return reply_with(verdicts, claimed_at, first_fence, claims)
end

local last_call = call('HGET', LANES, worker .. ':' .. lane)
if last_call then
  local is_readable, last = pcall(cmsgpack.unpack, last_call)
  if not is_readable or type(last) ~= 'table' or not tonumber(last[1]) then
    -- Only under another id can the worker know what it holds.
    return redis.error_reply('LOST lane')
  end
  local last_seq, verdicts, first_fence, ids = unpack(last)
  if tonumber(seq) < tonumber(last_seq) then
    return redis.error_reply('STALE call')
  end
  if tonumber(seq) == tonumber(last_seq) then
    return replay(verdicts, first_fence, ids)
  end
end

-- Released tasks, which go to the head of the queue after all others, the last one first.
local released = {}

local function apply(kind, id, value, fence, claimed_at, status, ms, outcome, done_key)
  local task = unpack_task(value)
  if kind == 'done' then
    task.runs = task.runs + 1
    finish(id, value, task, tonumber(status), claimed_at, fence, worker, outcome, ms, done_key)
  elseif kind == 'retry' then
    task.runs = task.runs + 1
    if tonumber(ms) == 0 then
      task.due = whole(now)
    end
    requeue(id, value, task, tonumber(ms), false, outcome)
    if has_suspects then
      call('HDEL', SUSPECTS, id)
    end
    count('retried')
  else
    released[#released + 1] = { id, value, task, tonumber(ms) }
  end
end

-- Of a settlement under a fence that is not in force any more.
local function late_verdict(id, fence, done_key)
  if call('HEXISTS', TASK, id) == 1 then
    return 's'
  end
  local record = record_at(done_key)
  local ended_by = record and string.match(record, '^%d+,%d+,%d+,%d+,%d+,%d+,%d+,%d+,%d+,%d+,(%d+),')
  return not record and 'u' or ended_by == fence and 'r' or 's'
end

local function record_settlements()
  local verdicts = {}
  -- id -> kind: a call writes each task once, whatever else it says of the task.
  local settled = {}
  for i = SETTLEMENTS, #ARGV, 6 do
    local kind, id, fence = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    local done_key = DONE((i - SETTLEMENTS) / 6 + 1)
    local held_fence, claimed_at, by = held_row(id)
    local verdict
    if settled[id] then
      verdict = settled[id] == kind and held_fence == fence and 'r' or 's'
    elseif held_fence == fence and by == worker then
      local value = call('HGET', TASK, id)
      if value then
        verdict = 'r'
        settled[id] = kind
        apply(kind, id, value, fence, claimed_at, ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], done_key)
      else
        -- Its live task is gone, by whatever hand, and what is left of it goes, too.
        verdict = late_verdict(id, fence, done_key)
        ended[#ended + 1] = id
      end
    else
      verdict = late_verdict(id, fence, done_key)
    end
    verdicts[#verdicts + 1] = verdict
  end
  delete_ended()
  for i = #released, 1, -1 do
    requeue(released[i][1], released[i][2], released[i][3], released[i][4], true)
    count('released')
  end
  return table.concat(verdicts)
end

local function claim_due(max)
  make_due_ready()
  return claim(max)
end

local verdicts = record_settlements()
local has_claimed, ids, values, first_fence = pcall(claim_due, tonumber(max))
if not has_claimed then
  if #ARGV < SETTLEMENTS then
    -- The reason, which servers give as a text or as a table. Nothing was claimed.
    return redis.error_reply(type(ids) == 'table' and ids.err or tostring(ids))
  end
  -- What is settled stays so. The worker claims again at once, and without settlements is told the reason.
  ids, values, first_fence = {}, {}, '0'
end
call('HSET', LANES, worker .. ':' .. lane, cmsgpack.pack({ seq, verdicts, first_fence, ids }))
publish()
wake()
local claims = {}
for i, id in ipairs(ids) do
  claims[#claims + 1] = id
  claims[#claims + 1] = values[i]
end
local reply = reply_with(verdicts, whole(now), first_fence, claims)
if not has_claimed then
  reply[2] = '0'
end
return reply
