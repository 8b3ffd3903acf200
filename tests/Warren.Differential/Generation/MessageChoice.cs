namespace Warren.Differential;

/// <summary>Properties, headers and body of a message.</summary>
internal static class MessageChoice
{
    public static List<(string Name, string Value)> Next(Dice dice, IReadOnlyList<string> keys)
    {
        var fields = new List<(string, string)>();
        for (var i = dice.Weighted((40, 0), (35, 1), (17, 2), (8, 4)); i > 0; i--)
            Add(fields, dice, keys);
        if (dice.Percent(85))
            fields.Add(("body", dice.Weighted((60, $"m{dice.Below(1000)}"), (30, $"{{x{dice.Below(60)}}}"), (3, "{x5000}"))));
        return [.. fields.DistinctBy(field => field.Item1)];
    }

    private static void Add(List<(string, string)> fields, Dice dice, IReadOnlyList<string> keys)
    {
        switch (dice.Below(18))
        {
            case 0 or 1: fields.Add(("prop.priority", $"{dice.One(0, 1, 2, 5, 9, 255)}")); break;
            case 2: fields.Add(("prop.expiration", dice.Weighted((50, "0"), (40, "3600000"), (2, "abc"), (2, "-5"), (2, "1.5"), (2, "99999999999"), (2, "{x0}")))); break;
            case 3: fields.Add(("prop.delivery-mode", $"{dice.Weighted((60, 2), (38, 1), (1, 0), (1, 3))}")); break;
            case 4 or 5: fields.Add(("header.h", dice.One("S:a", "S:b", "I:1", "l:1", "s:1", "t:true", "V:", "d:1.5", "D:1.25", "S:1"))); break;
            case 6: fields.Add(("header.k", dice.One("S:a", "S:b", "I:1", "A:[S:a;I:1]", "F:[b=S:a;a=I:1]", "x:00ff", "T:77", "b:-1", "B:200", "u:65535", "i:7", "f:0.5"))); break;
            case 7: fields.Add(("header.CC", Copies(dice, keys))); break;
            case 8: fields.Add(("header.BCC", Copies(dice, keys))); break;
            case 9: fields.Add(("prop.content-type", "text/plain")); break;
            case 10: fields.Add(("prop.correlation-id", $"c{dice.Below(100)}")); break;
            case 11: fields.Add(("prop.reply-to", dice.One("amq.rabbitmq.reply-to", "~q1", "somewhere"))); break;
            case 12: fields.Add(("prop.message-id", $"{dice.Below(100)}")); break;
            case 13: fields.Add(("prop.timestamp", "1700000000")); break;
            case 14: fields.Add(("prop.user-id", dice.Percent(90) ? "guest" : "bob")); break;
            case 15: fields.Add((dice.One("prop.type", "prop.app-id", "prop.cluster-id", "prop.content-encoding"), "word")); break;
            case 16: fields.Add(("header.x-match", "S:all")); break;
            default: fields.Add(("header.x-death", dice.One("S:none", "A:[]", "A:[F:[count=l:3;reason=S:rejected;queue=S:~q1;exchange=S:~e1;routing-keys=A:[S:a]]]"))); break;
        }
    }

    private static string Copies(Dice dice, IReadOnlyList<string> keys) =>
        dice.Weighted((80, $"A:[S:{dice.OneOf(keys)};S:{dice.OneOf(keys)}]"), (10, $"A:[S:{dice.OneOf(keys)}]"), (5, $"S:{dice.OneOf(keys)}"), (3, "A:[I:1;S:a]"), (2, "A:[]"));
}
