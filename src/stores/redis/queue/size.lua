-- Counts. Reply: live, held, delayed.
return { call('HLEN', TASK), call('HLEN', HELD), call('ZCARD', DELAYED) }
