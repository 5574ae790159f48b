-- include: head
-- Tasks whose list of ready tasks cannot be used, since it has another type.
--
-- KEYS
--   delayed   zset, kept: id by due time, ms

-- They wait among the delayed tasks until it can be used. Never raises, since other tasks may have been moved already.
local function wait_for_list(ids)
  for _, id in ipairs(ids) do
    call('ZADD', DELAYED, whole(now), id)
  end
  set_next_due(math.min(next_due or now, now))
end
