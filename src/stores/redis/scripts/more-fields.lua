-- include: time
-- Fields of the state that a script needs besides those of state.lua: a part that comes before it adds them, and they are read by the
-- same command. They follow the ten of state.lua in what that reads.
local more_fields = {}
