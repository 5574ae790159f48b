-- Reads the last ticks of periodic jobs.
--
-- KEYS 24 ticks hash, as of `tick.lua`. ARGV from 4: jobs. Reply: now (ms), then one a job: its last tick (ms), '' for none.
local reply = { whole(now) }
for i = 4, #ARGV do
  reply[#reply + 1] = string.match(call('HGET', KEYS[24], ARGV[i]) or '', '^%d*')
end
return reply
