-- include: time
-- How a live task and a finished record are written.
--
-- KEYS
--   task      hash, kept: id -> live task: "generation,priority,queuedAt,dueAt,runs,crashes,bodyLength,inboxes\n" body outcome
--
-- Times are ms since the epoch by the server's clock; dueAt is empty where it equals queuedAt; a space separates inboxes. A
-- record is "status,priority,runs,crashes,queuedAt,dueAt,startedAt,endedAt,bodyLength,outcomeLength,fence,worker\n" body
-- outcome progress.

-- Generation of a live task that cannot be read, and of one that was written anew since. Others begin with 1.
local UNREADABLE = '0'

-- A value that cannot be read is all body: no worker can decode that, so its task ends as FAILURE with the reason. Nothing
-- here may raise: other tasks may be on their way from one key to another.
local function unpack_task(value)
  local head = string.find(value, '\n', 1, true)
  local generation, priority, queued, due, runs, crashes, length, inboxes =
    string.match(value, '^(%d+),(%d),(%d+),(%d*),(%d+),(%d+),(%d+),([^\n]*)\n')
  if not generation then
    return {
      generation = UNREADABLE, priority = '4', queued = whole(now), due = whole(now), runs = 0, crashes = 0,
      length = #value, inboxes = '', start = 1,
    }
  end
  return {
    generation = generation, priority = priority, queued = queued, due = due == '' and queued or due,
    runs = tonumber(runs), crashes = tonumber(crashes), length = tonumber(length), inboxes = inboxes, start = head + 1,
  }
end

-- Whether a list entry of this generation names this live task, and whether it may not be the only one. One that was left over
-- names a task that is over, or a later one of the same id.
local function is_named(value, generation)
  if generation ~= UNREADABLE and string.sub(value, 1, #generation + 1) == generation .. ',' then
    return true, false
  end
  return unpack_task(value).generation == UNREADABLE, true
end

-- The record at a done key, or nothing. A key of another type has none, and the end of the task overwrites it.
local function record_at(done_key)
  local record = redis.pcall('GET', done_key)
  return type(record) == 'string' and record or nil
end

local function body_of(value, task)
  return string.sub(value, task.start, task.start + task.length - 1)
end

local function outcome_of(value, task)
  return string.sub(value, task.start + task.length)
end

local function pack_task(task, body, outcome)
  return table.concat({
    task.generation, ',', task.priority, ',', task.queued, ',', task.due == task.queued and '' or task.due, ',',
    whole(task.runs), ',', whole(task.crashes), ',', whole(#body), ',', task.inboxes, '\n', body, outcome,
  })
end

-- Writes a live task back. outcome: a new one, else the one that it has.
local function save_task(id, value, task, outcome)
  call('HSET', TASK, id, pack_task(task, body_of(value, task), outcome or outcome_of(value, task)))
end

local function pack_record(status, task, started, ended, fence, worker, body, outcome, progress)
  return table.concat({
    whole(status), ',', task.priority, ',', whole(task.runs), ',', whole(task.crashes), ',', task.queued, ',', task.due,
    ',', started, ',', ended, ',', whole(#body), ',', whole(#outcome), ',', fence, ',', worker, '\n', body, outcome,
    progress,
  })
end

-- Adds an inbox to a live task: the inbox gets a message when the task ends.
local function add_inbox(id, value, task, inbox)
  if inbox == '' or string.find(' ' .. task.inboxes .. ' ', ' ' .. inbox .. ' ', 1, true) then
    return
  end
  task.inboxes = task.inboxes == '' and inbox or (task.inboxes .. ' ' .. inbox)
  save_task(id, value, task)
end
