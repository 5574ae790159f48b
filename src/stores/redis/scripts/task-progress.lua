-- include: time
-- Progress of held tasks. Most queues have none, and then nothing is looked up.
--
-- KEYS
--   progress  hash, kept: id -> encoded progress of a held task
local has_progress = call('HLEN', PROGRESS) > 0
