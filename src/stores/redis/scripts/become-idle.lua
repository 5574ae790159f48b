-- include: save, idle
-- Lists a worker as idle.
--
-- ARGV
--   worker    its id

-- An idle worker is woken when something is ready, and looks itself when the next delayed task is due. Where none is, it no longer
-- looks when it was told before, and whoever queues the next delayed task has to wake one. One that leaves a task to
-- others goes behind the other idle workers, one of which looks at the due time in its place.
local function become_idle(slots, kind, leaves_to_others)
  if leaves_to_others then
    drop_idle(worker)
  end
  local leaves_it = leaves_to_others and idle ~= ''
  add_idle(worker, slots, kind)
  if next_due and not leaves_it then
    state[9] = whole(next_due) .. ',' .. worker
    set('U', state[9])
  elseif state[9] and string.match(state[9], '^%d+,(.*)$') == worker then
    state[9] = ''
    set('U', '')
  end
end
