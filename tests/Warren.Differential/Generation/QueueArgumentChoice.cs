namespace Warren.Differential;

/// <summary>Arguments of queue.declare: mostly some that go together, sometimes one that is refused.</summary>
internal static class QueueArgumentChoice
{
    private static readonly string[] Integers = ["b", "B", "s", "u", "I", "i", "l"];

    public static List<(string Name, string Value)> Next(Dice dice, bool isQuorum)
    {
        var arguments = new Dictionary<string, string>();
        if (isQuorum)
            arguments["x-queue-type"] = "S:quorum";
        for (var i = dice.Weighted((45, 0), (30, 1), (17, 2), (8, 3)); i > 0; i--)
            Add(arguments, dice, isQuorum);
        if (dice.Percent(5))
            AddBad(arguments, dice);
        return [.. arguments.Select(argument => ($"arg.{argument.Key}", argument.Value))];
    }

    private static void Add(Dictionary<string, string> arguments, Dice dice, bool isQuorum)
    {
        var kind = dice.Below(isQuorum ? 8 : 13);
        switch (kind)
        {
            case 0: arguments["x-max-length"] = $"{dice.One<string>(Integers)}:{dice.Below(4)}"; break;
            case 1: arguments["x-max-length-bytes"] = $"{dice.One<string>(Integers)}:{dice.Below(60)}"; break;
            case 2: arguments["x-overflow"] = $"S:{(isQuorum ? dice.One("drop-head", "reject-publish") : dice.One("drop-head", "reject-publish", "reject-publish-dlx"))}"; break;
            case 3 or 4:
                arguments["x-dead-letter-exchange"] = $"S:{dice.One("", "~e1", "~e2", "~e3", "amq.fanout", "~missing")}";
                if (dice.Percent(60))
                    arguments["x-dead-letter-routing-key"] = $"S:{dice.One("~q1", "~q2", "~q3", "a", "a.b", "")}";
                if (isQuorum && dice.Percent(50))
                    (arguments["x-dead-letter-strategy"], arguments["x-overflow"]) = ("S:at-least-once", "S:reject-publish");
                break;
            case 5: arguments["x-single-active-consumer"] = $"t:{(dice.Percent(80) ? "true" : "false")}"; break;
            case 6: arguments[dice.One("x-ha-policy", "x-something", "other")] = dice.One("S:all", "I:1", "V:", "t:true"); break;
            case 7 when isQuorum: arguments["x-delivery-limit"] = $"I:{dice.Below(3)}"; break;
            case 7 or 8: arguments["x-message-ttl"] = dice.One("I:0", "l:0", "I:3600000", "i:3600000"); break;
            case 9 or 10: arguments["x-max-priority"] = $"{dice.One<string>(Integers)}:{dice.One(1, 2, 5, 10)}"; break;
            case 11: arguments["x-expires"] = "I:3600000"; break;
            default: arguments[dice.One("x-queue-type", "x-queue-mode")] = arguments.ContainsKey("x-queue-type") ? "S:default" : "S:classic"; break;
        }
        if (arguments.TryGetValue("x-queue-mode", out var mode) && mode == "S:classic")
            arguments["x-queue-mode"] = "S:lazy";
        if (arguments.TryGetValue("x-queue-type", out var type) && type == "S:default")
            arguments["x-queue-type"] = "S:classic";
    }

    private static void AddBad(Dictionary<string, string> arguments, Dice dice)
    {
        var name = dice.One(
            "x-message-ttl", "x-expires", "x-max-length", "x-max-length-bytes", "x-overflow", "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-max-priority",
            "x-single-active-consumer", "x-queue-type", "x-queue-mode", "x-delivery-limit", "x-dead-letter-strategy", "x-quorum-initial-group-size");
        arguments[name] = dice.One("I:-1", "I:0", "S:zzz", "S:", "t:true", "V:", "l:4294967296", "I:256", "d:1.5", "A:[I:1]", "F:[a=I:1]", "S:5", "x:00ff", "T:5");
    }
}
