-- include: time
-- Live tasks that were running when their worker died. Most queues have none, and then nothing is looked up.
--
-- KEYS
--   suspects  hash, kept: id -> since when it is a suspect, ms
local has_suspects = call('HLEN', SUSPECTS) > 0
