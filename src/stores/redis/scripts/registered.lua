-- include: state
-- Refuses a queue that is in no list of queues, and that nobody would find: a new one, or one of before a FLUSHALL. The caller
-- enters it there, which gives it its layout, and calls again.
if not state[1] then
  return redis.error_reply('UNKNOWN queue')
end
