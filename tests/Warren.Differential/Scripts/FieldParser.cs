using System.Globalization;
using Warren.Amqp;

namespace Warren.Differential;

/// <summary>
/// Values of field tables as text: a type octet, a colon, the value. <c>S:text</c>, <c>I:5</c>, <c>t:true</c>, <c>V:</c>, <c>A:[S:a;S:b]</c>,
/// <c>F:[name=S:a;other=l:5]</c>. In text, percent signs stand before hexadecimal digits, as in URIs.
/// </summary>
internal ref struct FieldParser(string text, Names names)
{
    private readonly ReadOnlySpan<char> _text = text;
    private readonly Names _names = names;
    private int _position;

    public static object? Parse(string text, Names names) => new FieldParser(text, names).Value();

    private object? Value()
    {
        var type = _text[_position];
        _position += 2;
        switch (type)
        {
            case 'V': return null;
            case 'A': return Array();
            case 'F': return Table();
            case 'S': return _names.OnWire(Word());
            case 't': return Word() == "true";
            case 'b': return sbyte.Parse(Word(), CultureInfo.InvariantCulture);
            case 'B': return byte.Parse(Word(), CultureInfo.InvariantCulture);
            case 's': return short.Parse(Word(), CultureInfo.InvariantCulture);
            case 'u': return ushort.Parse(Word(), CultureInfo.InvariantCulture);
            case 'I': return int.Parse(Word(), CultureInfo.InvariantCulture);
            case 'i': return uint.Parse(Word(), CultureInfo.InvariantCulture);
            case 'l': return long.Parse(Word(), CultureInfo.InvariantCulture);
            case 'f': return float.Parse(Word(), CultureInfo.InvariantCulture);
            case 'd': return double.Parse(Word(), CultureInfo.InvariantCulture);
            case 'D': return decimal.Parse(Word(), CultureInfo.InvariantCulture);
            case 'T': return DateTimeOffset.FromUnixTimeSeconds(long.Parse(Word(), CultureInfo.InvariantCulture));
            case 'x': return Convert.FromHexString(Word());
            default: throw new FormatException($"'{_text}' has a value of the unknown type '{type}'.");
        }
    }

    private List<object?> Array()
    {
        var values = new List<object?>();
        for (_position++; _text[_position] != ']'; SkipSeparator())
            values.Add(Value());
        _position++;
        return values;
    }

    private List<KeyValuePair<string, object?>> Table()
    {
        var fields = new List<KeyValuePair<string, object?>>();
        for (_position++; _text[_position] != ']'; SkipSeparator())
        {
            var name = _text[_position..];
            name = name[..name.IndexOf('=')];
            _position += name.Length + 1;
            fields.Add(new(_names.OnWire(name.ToString()), Value()));
        }
        _position++;
        return fields;
    }

    private void SkipSeparator()
    {
        if (_text[_position] == ';')
            _position++;
    }

    private string Word()
    {
        var rest = _text[_position..];
        var end = rest.IndexOfAny(';', ']');
        var word = end < 0 ? rest : rest[..end];
        _position += word.Length;
        return word.ToString();
    }
}
