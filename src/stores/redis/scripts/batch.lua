-- include: time
-- Variadic commands with any number of arguments.

-- A call takes no more arguments than fit on Lua's stack, and one that fails half-way leaves half a write.
local MOST_ARGUMENTS = 1000

local function call_with(command, key, values)
  for first = 1, #values, MOST_ARGUMENTS do
    call(command, key, unpack(values, first, math.min(first + MOST_ARGUMENTS - 1, #values)))
  end
end
