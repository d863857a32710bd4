//! Each intrinsic function, parameters, conditions and mappings.

use super::{output, refusal, site, system, system_with};

const PARTS: &str = "
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Names: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Size: {Type: Number, Default: 4, MinValue: 1, MaxValue: 10}
Mappings:
  Sizes:
    dev: {Memory: 128}
    prod: {Memory: 512}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  Both: !And [!Condition IsDev, !Equals [!Ref Size, 4]]
  Either: !Or [!Condition IsProd, !Equals [a, b]]
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
  OnlyProd: {Type: AWS::SQS::Queue, Condition: IsProd}
";

#[test]
fn expressions_resolve_as_in_cloudformation() {
    for (expression, expected) in [
        ("!Ref Stage", "dev"),
        ("!Ref Size", "4"),
        ("!Ref AWS::Region", "eu-west-1"),
        ("!Ref AWS::AccountId", "123456789012"),
        ("!Ref AWS::StackName", "bodega"),
        ("!Ref Queue", "http://127.0.0.1:4566/123456789012/orders"),
        ("!GetAtt Queue.Arn", "arn:aws:sqs:eu-west-1:123456789012:orders"),
        ("!GetAtt [Queue, QueueName]", "orders"),
        ("{'Fn::GetAtt': [Queue, Arn]}", "arn:aws:sqs:eu-west-1:123456789012:orders"),
        ("!Sub '${Stage}-${Queue.QueueName}-${!literal}-${AWS::Region}'", "dev-orders-${literal}-eu-west-1"),
        ("!Sub ['${A}/${Stage}', {A: !Ref Size}]", "4/dev"),
        ("!Join ['-', [a, !Ref Stage, 3]]", "a-dev-3"),
        ("!Join ['+', !Ref Names]", "a+b+c"),
        ("!Select [2, !Split ['/', 'http://host:1/x']]", "host:1"),
        ("!Select ['1', !Ref Names]", "b"),
        ("!FindInMap [Sizes, !Ref Stage, Memory]", "128"),
        ("!FindInMap [Sizes, !Ref Stage, Memory, {DefaultValue: 7}]", "128"),
        ("!FindInMap [Sizes, test, Memory, {DefaultValue: 7}]", "7"),
        ("!If [IsProd, yes, !Sub 'not ${Stage}']", "not dev"),
        ("!If [Both, both, neither]", "both"),
        ("!If [Either, one, none]", "none"),
        ("!Base64 hello", "aGVsbG8="),
        ("!Join [',', [a, !If [IsProd, b, !Ref AWS::NoValue], c]]", "a,c"),
    ] {
        assert_eq!(output(expression, PARTS).as_deref(), Ok(expected), "{expression}");
    }
}

#[test]
fn an_unresolvable_expression_is_refused_with_a_reason() {
    for (expression, expected) in [
        ("!Ref Stag", "the resource or parameter \"Stag\" is not known; did you mean \"Stage\"?"),
        (
            "!Ref AWS::Regions",
            "the pseudo parameter \"AWS::Regions\" is not known; did you mean \"AWS::Region\"?",
        ),
        ("!GetAtt Queue.ARN", "the attribute \"ARN\" is not known"),
        ("!GetAtt Queue", "Fn::GetAtt takes a list of 2 values"),
        ("!Ref OnlyProd", "\"OnlyProd\" is not created: its condition \"IsProd\" is false"),
        ("!If [IsProd2, a, b]", "the condition \"IsProd2\" is not known"),
        ("!If [IsProd, a]", "Fn::If takes a list of 3 values"),
        ("!Select [7, !Ref Names]", "no item 7 among 3"),
        ("!FindInMap [Sizes, test, Memory]", "the key of Fn::FindInMap \"test\" is not known"),
        ("!ImportValue x", "take the value as a parameter instead"),
        ("!Equals [a, b]", "Fn::Equals belongs in Conditions"),
        ("{'Fn::Joins': []}", "did you mean \"Fn::Join\"?"),
        ("'{{resolve:ssm:/x}}'", "dynamic references"),
        ("!Sub '${Nothing}'", "\"Nothing\" is not known"),
    ] {
        let message = output(expression, PARTS).unwrap_err();
        assert!(message.contains(expected) && message.contains("Outputs.X"), "{expression}: {message}");
    }
}

#[test]
fn a_parameter_value_that_breaks_a_rule_is_refused() {
    let with = |name: &str, value: &str| {
        let mut site = site();
        site.parameters.insert(name.to_owned(), value.to_owned());
        system_with(&[("template.yaml", PARTS)], &site)
    };
    assert_eq!(with("Stage", "prod").unwrap().queues.len(), 2);
    assert!(refusal(with("Stage", "test")).contains("AllowedValues are dev, prod"));
    assert!(refusal(with("Size", "11")).contains("above MaxValue"));
    assert!(refusal(with("Size", "many")).contains("not a number"));
    assert!(refusal(with("Stages", "x")).contains("did you mean \"Stage\"?"));
    let pattern = "Parameters:\n  Mail: {Type: String, Default: 'a@b', AllowedPattern: '[a-z]+'}\n";
    assert!(refusal(system(&[("template.yaml", pattern)])).contains("AllowedPattern"));
    let missing = "Parameters:\n  Mail: {Type: String}\n";
    assert!(refusal(system(&[("template.yaml", missing)])).contains("Parameters.Mail: a value"));
    let looked_up = "Parameters:\n  Mail: {Type: 'AWS::SSM::Parameter::Value<String>'}\n";
    assert!(refusal(system(&[("template.yaml", looked_up)])).contains("looked up on AWS"));
}

#[test]
fn a_circular_reference_is_refused() {
    for (text, expected) in [
        (
            "Conditions:\n  A: !Condition B\n  B: !Condition A\nResources:\n  Q: {Type: AWS::SQS::Queue, Condition: A}\n",
            "condition A",
        ),
        ("Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Q.QueueName}}\n", "Q → Q"),
        (
            "Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'a-${B.QueueName}'}}\n  B: {Type: AWS::SQS::Queue, DependsOn: A}\n",
            "A → B → A",
        ),
    ] {
        let message = refusal(system(&[("template.yaml", text)]));
        assert!(message.contains(expected) && message.contains("circular dependency"), "{message}");
    }
}
