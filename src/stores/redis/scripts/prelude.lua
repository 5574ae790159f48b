-- Shared by all scripts; stands before each of them.
--
-- KEYS 1-23, all of one queue and so of one slot ({namespace:queue}:...):
--   1 meta      hash    layout, paused (0|1), fence (last given out), gen (last given out), armed ("due,worker": the idle
--                       worker that was told last when the next delayed task is due)          lives with the queue
--   2 task      hash    id -> live task: "gen,priority,queuedAt,dueAt,runs,crashes,bodyLength,inboxes\n" body outcome
--                       (times: ms since the epoch, server's clock; dueAt is empty where it is queuedAt; inboxes: names, a space between)
--   3 held      hash    id -> "fence,claimedAt,worker" of a claimed task
--   4 delayed   zset    id by due time, ms
--   5 workers   zset    worker by lease expiry, ms
--   6 marks     hash    worker -> "slots,ttl,suspectedAt" (ms; 0: not suspected; -1: condemned)
--   7 lanes     hash    worker:lane -> "seq\nverdicts\nfirst fence\nids..." of the lane's last call
--   8 idle      zset    workers that wait to be woken, by since when
--   9 listeners zset    who listens to task events, by expiry, ms
--   10 suspects hash    id -> since when (ms), for live tasks that ran in a process that died
--   11 progress hash    id -> encoded progress of a held task
--   12 stats    hash    counters since the queue was made
--   13 buried   zset    condemned workers whose tasks were moved, by when (ms): their ids never join again; expires a day
--                       after the last
--   14-23 ready:0-9 lists  "id:gen", one list a priority, the next to run at the left
--   24...       done:<id> strings, as the script needs them: "status,priority,runs,crashes,queuedAt,dueAt,startedAt,
--               endedAt,bodyLength,outcomeLength,fence,worker\n" body outcome progress; expires with the result's TTL
--
-- ARGV 1 layout, 2 prefix of channels, 3 name of the queue; the script's own from 4 on.
local META, TASK, HELD, DELAYED, WORKERS, MARKS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local LANES, IDLE, LISTENERS, SUSPECTS, PROGRESS, STATS = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local BURIED, READY, DONE = KEYS[13], 14, 23
-- Where the script's own arguments start.
local FIRST = 4
local LAYOUT, CHANNELS, QUEUE = ARGV[1], ARGV[2], ARGV[3]
local call = redis.call

local time = call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

-- Lua writes large numbers with an exponent.
local function whole(number)
  return string.format('%.0f', number)
end

local meta = call('HMGET', META, 'layout', 'paused', 'fence', 'gen')
if not meta[1] then
  call('HSET', META, 'layout', LAYOUT)
elseif meta[1] ~= LAYOUT then
  return redis.error_reply('LAYOUT ' .. meta[1])
end
local paused = meta[2] == '1'

-- gen, priority, queuedAt, dueAt, runs, crashes, bodyLength, inboxes, and where the body starts
local function parse(value)
  local head = string.find(value, '\n', 1, true)
  local gen, priority, queued, due, runs, crashes, length, inboxes =
    string.match(value, '^(%d+),(%d),(%d+),(%d*),(%d+),(%d+),(%d+),([^\n]*)')
  return {
    gen = gen, priority = priority, queued = queued, due = due == '' and queued or due, runs = tonumber(runs), crashes = tonumber(crashes),
    length = tonumber(length), inboxes = inboxes, start = head + 1,
  }
end

local function body_of(value, task)
  return string.sub(value, task.start, task.start + task.length - 1)
end

local function outcome_of(value, task)
  return string.sub(value, task.start + task.length)
end

local function live(task, body, outcome)
  return table.concat({
    task.gen, ',', task.priority, ',', task.queued, ',', task.due == task.queued and '' or task.due, ',', whole(task.runs), ',', whole(task.crashes), ',',
    whole(#body), ',', task.inboxes, '\n', body, outcome,
  })
end

local function record(status, task, started, ended, fence, worker, body, outcome, progress)
  return table.concat({
    whole(status), ',', task.priority, ',', whole(task.runs), ',', whole(task.crashes), ',', task.queued, ',', task.due,
    ',', started, ',', ended, ',', whole(#body), ',', whole(#outcome), ',', fence, ',', worker, '\n', body, outcome,
    progress,
  })
end

-- A batch of messages in one: each with its length before it.
local function frame(parts)
  local framed = {}
  for _, part in ipairs(parts) do
    framed[#framed + 1] = struct.pack('>I4', #part)
    framed[#framed + 1] = part
  end
  return table.concat(framed)
end

local listened = false
local events = {}
do
  local last = call('ZRANGE', LISTENERS, -1, -1, 'WITHSCORES')
  listened = last[2] ~= nil and tonumber(last[2]) > now
end
local function announce(event, id, rec)
  if listened then
    events[#events + 1] = event
    events[#events + 1] = QUEUE
    events[#events + 1] = id
    events[#events + 1] = rec
  end
end

-- inbox -> what it is told
local ends = {}
local function tell(inboxes, id, rec)
  for inbox in string.gmatch(inboxes, '%S+') do
    local list = ends[inbox]
    if not list then
      list = {}
      ends[inbox] = list
    end
    list[#list + 1] = QUEUE
    list[#list + 1] = id
    list[#list + 1] = #rec > 16384 and '' or rec
  end
end

local counts = {}
local function count(name, by)
  counts[name] = (counts[name] or 0) + (by or 1)
end

local function ready_key(priority)
  return KEYS[READY + tonumber(priority)]
end

-- Most queues have neither, and then nothing is looked up.
local has_suspects = call('HLEN', SUSPECTS) > 0
local has_progress = call('HLEN', PROGRESS) > 0

-- Ended tasks, of which all but the record is forgotten together.
local gone = {}
local function forget()
  for first = 1, #gone, 500 do
    local last = math.min(first + 499, #gone)
    call('HDEL', TASK, unpack(gone, first, last))
    call('HDEL', HELD, unpack(gone, first, last))
    if has_suspects then
      call('HDEL', SUSPECTS, unpack(gone, first, last))
    end
    if has_progress then
      call('HDEL', PROGRESS, unpack(gone, first, last))
    end
  end
  gone = {}
end

-- Sends what was gathered. The last thing that a script does before it wakes.
local function publish()
  forget()
  for inbox, list in pairs(ends) do
    call('PUBLISH', CHANNELS .. 'inbox:' .. inbox, frame(list))
  end
  if #events > 0 then
    call('PUBLISH', CHANNELS .. 'events', frame(events))
  end
  for name, by in pairs(counts) do
    call('HINCRBY', STATS, name, by)
  end
end

-- Wakes an idle worker; false when nobody hears it any more, and the next one is to be tried.
local function wake_worker(worker)
  call('ZREM', IDLE, worker)
  return call('PUBLISH', CHANNELS .. 'worker:' .. worker, frame({ 'wake', QUEUE })) > 0
end

-- As many idle workers, those first that wait longest.
local function wake_some(wanted)
  while wanted > 0 do
    local first = call('ZRANGE', IDLE, 0, 0)[1]
    if not first then
      return
    end
    if wake_worker(first) then
      wanted = wanted - 1
    end
  end
end

-- A suspect is for a worker that holds nothing: to wake another one for it would only make it look in vain, and again.
local function wake_among_suspects(ready)
  local is_held, holds = {}, {}
  local held = call('HGETALL', HELD)
  for i = 1, #held, 2 do
    is_held[held[i]] = true
    holds[string.match(held[i + 1], '^%d+,%d+,(.*)$')] = true
  end
  local suspects = 0
  for _, id in ipairs(call('HKEYS', SUSPECTS)) do
    if not is_held[id] and not call('ZSCORE', DELAYED, id) then
      suspects = suspects + 1
    end
  end
  local plain = math.max(0, ready - suspects)
  for _, worker in ipairs(call('ZRANGE', IDLE, 0, -1)) do
    local takes_suspect = suspects > 0 and not holds[worker]
    if (takes_suspect or plain > 0) and wake_worker(worker) then
      if takes_suspect then
        suspects = suspects - 1
      else
        plain = plain - 1
      end
    end
  end
end

-- One idle worker looks when the next delayed task is due: the one that was told last, unless it is idle no more.
local function arm()
  local due = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]
  if not due then
    return
  end
  local told, worker = string.match(call('HGET', META, 'armed') or '', '^(%d+),(.*)$')
  local is_armed = told and tonumber(told) <= tonumber(due) and tonumber(told) > now - 100 and call('ZSCORE', IDLE, worker)
  if not is_armed then
    wake_some(1)
  end
end

-- Ends every script that may have made something ready. Afterwards nothing is ready that an idle worker could take, or as
-- many wakes are under way as there are tasks; and an idle worker, if there is any, looks when the next task is due.
local function wake()
  if paused or call('ZCARD', IDLE) == 0 then
    return
  end
  local ready = 0
  for priority = 0, 9 do
    ready = ready + call('LLEN', KEYS[READY + priority])
  end
  if ready > 0 then
    if call('HLEN', SUSPECTS) > 0 then
      wake_among_suspects(ready)
    else
      wake_some(ready)
    end
  end
  arm()
end

-- Writes the final record of a live task and forgets the rest of it. fence: whose outcome it is; '0' for nobody's.
local function finish(id, value, task, status, started, fence, worker, outcome, ttl, done_key)
  local body = body_of(value, task)
  local progress = has_progress and call('HGET', PROGRESS, id) or ''
  local rec = record(status, task, started, whole(now), fence, worker, body, outcome, progress)
  call('SET', done_key, rec, 'PX', whole(math.max(tonumber(ttl), 600000)))
  gone[#gone + 1] = id
  count(status == 1 and 'succeeded' or status == 2 and 'failed' or 'revoked')
  tell(task.inboxes, id, rec)
  announce('done', id, rec)
end

-- Puts a held task back: at the head of its list, or at the end, or until later.
local function put_back(id, value, task, delay, at_head, outcome)
  if delay > 0 then
    task.due = whole(now + delay)
  end
  call('HSET', TASK, id, live(task, body_of(value, task), outcome or outcome_of(value, task)))
  call('HDEL', HELD, id)
  if has_progress then
    call('HDEL', PROGRESS, id)
  end
  if delay > 0 then
    call('ZADD', DELAYED, task.due, id)
  elseif at_head then
    call('LPUSH', ready_key(task.priority), id .. ':' .. task.gen)
  else
    call('RPUSH', ready_key(task.priority), id .. ':' .. task.gen)
  end
end

-- Nothing of a condemned worker is left to move. Nobody who still uses its id is a day late.
local function bury(worker)
  call('ZADD', BURIED, whole(now), worker)
  call('ZREMRANGEBYSCORE', BURIED, '-inf', whole(now - 86400000))
  call('PEXPIRE', BURIED, 86400000)
end
