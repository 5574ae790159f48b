-- include: time
-- How a live task and a finished record are written.
--
-- KEYS
--   task      hash, kept: id -> live task: "generation,priority,queuedAt,dueAt,runs,crashes,bodyLength,inboxes\n" body outcome
--
-- Times are ms since the epoch by the server's clock; dueAt is empty where it equals queuedAt; a space separates inboxes. A
-- record is "status,priority,runs,crashes,queuedAt,dueAt,startedAt,endedAt,bodyLength,outcomeLength,fence,worker\n" body
-- outcome progress.
local function unpack_task(value)
  local head = string.find(value, '\n', 1, true)
  local generation, priority, queued, due, runs, crashes, length, inboxes =
    string.match(value, '^(%d+),(%d),(%d+),(%d*),(%d+),(%d+),(%d+),([^\n]*)')
  return {
    generation = generation, priority = priority, queued = queued, due = due == '' and queued or due,
    runs = tonumber(runs), crashes = tonumber(crashes), length = tonumber(length), inboxes = inboxes, start = head + 1,
  }
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

-- Lets an inbox follow a live task.
local function follow(id, value, task, inbox)
  if inbox == '' or string.find(' ' .. task.inboxes .. ' ', ' ' .. inbox .. ' ', 1, true) then
    return
  end
  task.inboxes = task.inboxes == '' and inbox or (task.inboxes .. ' ' .. inbox)
  save_task(id, value, task)
end
