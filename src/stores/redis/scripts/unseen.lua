-- include: head, tasks, finish
-- Ends that no worker sees: those of tasks that were revoked, or that have crashed their workers too often. The next observation of a
-- worker takes them over into the series.
--
-- KEYS
--   unseen    hash, kept: letter of the count and name of the job, see observe.lua -> number of tasks

-- The series are for looking only: where the key has another type, the tasks end all the same.
local function note_unseen(ended, letter)
  if type(redis.pcall('HLEN', UNSEEN)) ~= 'number' then
    return
  end
  for _, each in ipairs(ended) do
    local task = read_task(each.value)
    if not task.is_unreadable then
      redis.pcall('HINCRBY', UNSEEN, letter .. task.job, '1')
    end
  end
end
