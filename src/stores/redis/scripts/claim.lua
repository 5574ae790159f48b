-- include: head, take, ready, batches, suspects, left-overs
-- Claims ready tasks for a worker. Where it raises, on a key of the wrong type, it has changed nothing.
--
-- KEYS
--   state     hash, kept: see state.lua
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

-- When suspects that were passed by run beside others, ms; nothing where none will.
local suspects_due

-- Suspects go together to a worker that holds nothing, as many as each of them allows; others pass them by. Returns whether the worker
-- can take no more until a task that it holds has ended, and whether it got suspects in this way.
local function take_among_suspects(max)
  -- One that runs alone, and has waited for long enough, holds one worker back until that holds nothing: the one that has come first.
  -- Else it would wait for ever where no worker is ever empty.
  local function is_held_back()
    local chosen = call('HGET', STATE, 'Y')
    -- One that holds nothing can take it, so it needs no other.
    if chosen and chosen ~= worker and call('HEXISTS', STATE, 'W:' .. chosen) == 1 and held_by(chosen) ~= '' then
      return false
    end
    if chosen ~= worker then
      set('Y', worker)
    end
    return true
  end
  local held = held_by(worker)
  if string.find(held, 'x', 1, true) then
    return true, false
  end
  -- most: how many suspects the worker takes together; nothing where it has not begun to.
  local is_blocked, most = false, nil
  for priority in string.gmatch(mask, '%d') do
    local key, passed = READY(priority), {}
    while #ids < max and not is_blocked do
      local id = call('LPOP', key)
      if not id then
        break
      end
      local _, since, company = suspect(id)
      if not since or company > 0 and is_overdue(since) then
        if most then
          passed[#passed + 1], is_blocked = id, true
        else
          take({ id })
          if since then
            move_suspect(id, 'h')
          end
        end
      elseif held == '' and (#ids == 0 or most and #ids < math.min(most, company)) then
        local known = #ids
        take({ id })
        if #ids > known then
          move_suspect(id, 'h')
          most = math.min(most or company, company)
          is_blocked = #ids >= most
        end
      else
        passed[#passed + 1] = id
        if most then
          is_blocked = true
        elseif company > 0 then
          suspects_due = math.min(suspects_due or math.huge, since + SUSPECT_DELAY + 1)
        elseif is_overdue(since) then
          is_blocked = is_held_back()
        end
      end
    end
    for i = #passed, 1, -1 do
      call('LPUSH', key, passed[i])
    end
  end
  if most == 0 and call('HEXISTS', STATE, 'Y') == 1 then
    dropped[#dropped + 1] = 'Y'
  end
  return is_blocked or most ~= nil, most ~= nil
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
