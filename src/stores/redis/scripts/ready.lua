-- include: head
-- Which lists of ready tasks may have entries, so that no script asks those that are empty.
--
-- KEYS
--   meta      hash, kept: see head.lua

-- Priorities of the lists that may have entries, a digit each, highest first. All of them until a claim has looked.
local priorities = meta[5] or '9876543210'

local function save_priorities(changed)
  if changed ~= priorities then
    priorities = changed
    call('HSET', META, 'priorities', priorities)
  end
end

-- To be called before something is pushed.
local function will_have_ready(priority)
  if string.find(priorities, priority, 1, true) then
    return
  end
  local digits = {}
  for digit = 9, 0, -1 do
    if whole(digit) == priority or string.find(priorities, whole(digit), 1, true) then
      digits[#digits + 1] = digit
    end
  end
  save_priorities(table.concat(digits))
end
