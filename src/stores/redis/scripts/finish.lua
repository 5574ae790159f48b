-- include: task, held, batch, counts, events, inboxes, suspects, task-progress
-- Ends tasks: writes their records, and tells all who wait for them or listen.
--
-- KEYS
--   task      hash, kept: see task.lua
--   held      hash, kept: see held.lua
--   suspects  hash, kept: see suspects.lua
--   progress  hash, kept: see task-progress.lua
-- policy: RESULT_TTL_FLOOR

-- Ended tasks, of which all but the record is deleted together.
local ended = {}

-- Writes the record of a live task. fence: of the settlement that ends it; '0' for none.
local function finish(id, value, task, status, started, fence, worker, outcome, ttl, done_key)
  local progress = has_progress and call('HGET', PROGRESS, id) or ''
  local record = pack_record(status, task, started, whole(now), fence, worker, body_of(value, task), outcome, progress)
  call('SET', done_key, record, 'PX', whole(math.max(tonumber(ttl), RESULT_TTL_FLOOR)))
  ended[#ended + 1] = id
  count(status == 1 and 'succeeded' or status == 2 and 'failed' or 'revoked')
  tell_inboxes(task.inboxes, id, record)
  announce('done', id, record)
end

local function delete_ended()
  call_with('HDEL', TASK, ended)
  call_with('HDEL', HELD, ended)
  if has_suspects then
    call_with('HDEL', SUSPECTS, ended)
  end
  if has_progress then
    call_with('HDEL', PROGRESS, ended)
  end
  ended = {}
end

-- The last step of a script that ends tasks, before it wakes workers.
local function publish()
  delete_ended()
  publish_ends()
  publish_events()
  save_counts()
end
