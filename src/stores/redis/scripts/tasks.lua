-- include: time
-- How a live task is written.
--
-- KEYS
--   task      hash, kept: id -> live task: "queuedAt,dueAt,inboxes,job,priority,runs,crashes,bodyLength,tags,refs\n" body outcome
--
-- Times are ms since the epoch by the server's clock; dueAt is empty where it equals queuedAt; a blank separates inboxes, and
-- tags; bodyLength is empty where there is no outcome yet; refs begin with u and the time at which a worker first claimed it without
-- knowing its job, where one has, and are else for what is to come. Commas, blanks and percent signs in job and tags are escaped.

-- A value that cannot be read is all body: no worker can decode that, so its task ends as FAILURE with the reason. Nothing
-- here may raise: other tasks may be on their way from one key to another.
local function read_task(value)
  local queued, due, inboxes, job, priority, runs, crashes, length, rest, start =
    string.match(value, '^(%d+),(%d*),([^,\n]*),([^,\n]*),(%d),(%d+),(%d+),(%d*),([^\n]*)\n()')
  if not queued then
    return { is_unreadable = true, queued = '0', priority = '4', crashes = 0, inboxes = '', live = value }
  end
  return {
    queued = queued, due = due, inboxes = inboxes, job = job, priority = priority, runs = runs, crashes = tonumber(crashes),
    length = length, rest = rest, start = start,
    -- Without the outcome of the last run.
    live = length == '' and value or string.sub(value, 1, start - 1 + tonumber(length)),
  }
end

-- Writes the changed header of a task before its body and outcome. What cannot be read stays as it is.
local function save_task(id, value, task)
  if not task.is_unreadable then
    call('HSET', TASK, id, table.concat({
      task.queued, task.due, task.inboxes, task.job, task.priority, task.runs, whole(task.crashes), task.length, task.rest,
    }, ',') .. string.sub(value, task.start - 1))
  end
end
