-- include: head, take, ready, batches, suspects, left-overs
-- Claims ready tasks for a worker. Where it raises, on a key of the wrong type, it has changed nothing.
--
-- KEYS
--   task      hash, kept: see tasks.lua
--   ready:0-9 lists, kept: see ready.lua
-- ARGV
--   worker    its id
-- policy: SUSPECT_DELAY

-- Raise where entries are moved one by one, or named in one more key. The plain path puts back what it has taken instead.
local function check_keys()
  if has_feature('s') then
    call('HLEN', TASK)
    for priority in string.gmatch(mask, '%d') do
      call('LLEN', READY(priority))
    end
  end
  check_left_overs()
end

-- A suspect goes alone to a worker that holds nothing; others pass it by. Returns whether the worker can take no more until a
-- task that it holds has ended, and whether it got a suspect.
local function take_among_suspects(max)
  local held = held_by(worker)
  if string.find(held, 'x', 1, true) then
    return true, false
  end
  local is_blocked, is_suspect = false, false
  for priority in string.gmatch(mask, '%d') do
    local key, passed = READY(priority), {}
    while #ids < max and not is_blocked do
      local id = call('LPOP', key)
      if not id then
        break
      end
      local _, since = suspect(id)
      if not since then
        take({ id })
      elseif held == '' and #ids == 0 then
        take({ id })
        is_blocked = #ids > 0
        is_suspect = is_blocked
      else
        passed[#passed + 1] = id
        -- Else a suspect would wait for ever where no worker is ever empty.
        is_blocked = now - since > SUSPECT_DELAY
      end
    end
    for i = #passed, 1, -1 do
      call('LPUSH', key, passed[i])
    end
  end
  if is_suspect then
    move_suspect(ids[1], 'h')
  end
  return is_blocked, is_suspect
end

-- Takes ready tasks and leases them to the worker. Returns the fence of the batch, '' for none, and whether the worker can take no
-- more until a task that it holds has ended.
local function claim(max)
  local is_blocked, is_suspect = false, false
  if max > 0 and not paused and quiet_left == 0 and mask ~= '' then
    check_keys()
    if has_feature('s') then
      is_blocked, is_suspect = take_among_suspects(max)
    else
      local is_taken, reason = try_take(max)
      if not is_taken then
        error(reason, 0)
      end
    end
    save_left_overs(left_over)
  end
  if #ids == 0 then
    return '', is_blocked
  end
  local fence = math.max(last_fence + 1, micros)
  last_fence = fence + #ids - 1
  set('F', whole(last_fence))
  add_batch(worker, whole(fence), ids, is_suspect)
  return whole(fence), is_blocked
end
