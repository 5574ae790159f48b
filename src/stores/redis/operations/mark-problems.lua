-- include: head, problems
-- flags: allow-oom
-- Sets the state of problems.
--
-- KEYS
--   problems  hash, kept: see problems.lua
-- ARGV
--   mark      open | muted | resolved
--   ids...    fingerprints
-- Reply, one an id: 1 marked | 0 there is no such problem
local reply = {}
for i = IDS, #ARGV do
  local value = redis.pcall('HGET', PROBLEMS, ARGV[i])
  local parts = read_problem(type(value) == 'string' and value)
  if parts then
    parts[1], parts[2] = mark, '0'
    call('HSET', PROBLEMS, ARGV[i], pack(parts))
  end
  reply[#reply + 1] = parts and 1 or 0
end
return reply
