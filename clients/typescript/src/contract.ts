// Derived from docs/api/openapi.json by generate.js. Do not edit it.

export interface components {
    schemas: {
        /** @description An account, with the proof of the invitation. */
        AcceptInvitation: {
            /**
             * @description The language that the user reads; English if it is left out.
             * @default en
             */
            locale?: components["schemas"]["Locale"];
            /** @description The user's name. */
            name: components["schemas"]["Name"];
            /** @description The password. */
            password: components["schemas"]["NewPassword"];
            /** @description The token in the link's fragment. */
            token: string;
        };
        /** @description What was debited and credited to an account in one currency, in minor units. */
        AccountTotal: {
            /** @description The account. */
            account: components["schemas"]["LedgerAccount"];
            /**
             * Format: int64
             * @description Debits minus credits: positive for what the shop has and what it has spent, negative for what it owes and has earned.
             */
            balance: number;
            /**
             * Format: int64
             * @description The sum of its credits.
             */
            credit: number;
            /** @description The currency. */
            currency: components["schemas"]["Currency"];
            /**
             * Format: int64
             * @description The sum of its debits.
             */
            debit: number;
        };
        /**
         * @description The name of an operation.
         * @example put-staff
         */
        Action: string;
        /**
         * @description The kind of a payment gateway.
         *
         *     - `stripe`: Stripe.
         * @enum {string}
         */
        ActionKind: "stripe";
        /** @description Who has done something to an order. No customer is named: an order may become another's. */
        Actor: {
            /** @constant */
            kind: "customer";
        } | {
            /** @constant */
            kind: "staff";
            /** @description Who. It is shown to the staff alone. */
            user_id?: components["schemas"]["UserId"] | null;
        } | {
            /** @constant */
            kind: "system";
        };
        /** @description An announced picture. */
        AddedImage: {
            /** @description The picture's id. The product has it once the file was uploaded and checked, some seconds later. */
            image_id: components["schemas"]["ImageId"];
            /** @description What has become of the file. A new one is awaited. */
            state: components["schemas"]["UploadState"];
            /** @description Where the file is to be uploaded, as long as it is awaited. */
            upload?: components["schemas"]["Upload"] | null;
            /** @description Why it was refused, if it was. */
            why?: components["schemas"]["ImageFault"] | null;
        };
        /** @description A delivery address. Orders store a copy, so a later change of address does not affect them. */
        Address: {
            /** @description Town. */
            city: components["schemas"]["AddressLine"];
            /** @description Country. */
            country: components["schemas"]["CountryCode"];
            /** @description Street and number. */
            line1: components["schemas"]["AddressLine"];
            /** @description Flat, floor, company. */
            line2?: components["schemas"]["AddressLine"] | "" | null;
            /** @description The recipient. */
            name: components["schemas"]["Name"];
            /** @description Postal code, as the country writes it. Required where mail is not delivered without one. */
            postal_code?: components["schemas"]["AddressLine"] | "" | null;
            /** @description State, province or prefecture. Required where carriers and tax need it: by its name, or by its ISO 3166-2 code without the country's. It is stored as the country's addresses have it, such as `NY`. */
            region?: components["schemas"]["AddressLine"] | "" | null;
        };
        /**
         * @description An address that a user has saved; drawn by the user's client.
         * @example adr_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        AddressId: string;
        /** @description A delivery address. Orders store a copy, so a later change of address does not affect them. */
        AddressInput: {
            /** @description Town. */
            city: components["schemas"]["AddressLine"];
            /** @description Country. */
            country: components["schemas"]["CountryCode"];
            /** @description Street and number. */
            line1: components["schemas"]["AddressLine"];
            /** @description Flat, floor, company. */
            line2?: components["schemas"]["AddressLine"] | "" | null;
            /** @description The recipient. */
            name: components["schemas"]["Name"];
            /** @description Postal code, as the country writes it. Required where mail is not delivered without one. */
            postal_code?: components["schemas"]["AddressLine"] | "" | null;
            /** @description State, province or prefecture. Required where carriers and tax need it: by its name, or by its ISO 3166-2 code without the country's. It is stored as the country's addresses have it, such as `NY`. */
            region?: components["schemas"]["AddressLine"] | "" | null;
        };
        /**
         * @description A line of a postal address. Surrounding white space is removed.
         * @example Calle Mayor 1
         */
        AddressLine: string;
        /** @description A request to adjust stock. */
        AdjustStock: {
            /** @description The number of pieces to add, or to remove if negative. */
            delta: components["schemas"]["Delta"];
            /** @description The reason. */
            reason: components["schemas"]["Reason"];
        };
        /** @description The record of an adjustment. */
        Adjustment: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            adjusted_at: string;
            /** @description The member of staff. */
            adjusted_by: components["schemas"]["UserId"];
            /** @description Its id. */
            adjustment_id: components["schemas"]["AdjustmentId"];
            /** @description The number of pieces added, or removed if negative. */
            delta: components["schemas"]["Delta"];
            /** @description The reason. */
            reason: components["schemas"]["Reason"];
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
        };
        /**
         * @description An adjustment of stock: by hand, by a row of an imported file, or by returned pieces that are not sold again.
         * @example adj_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        AdjustmentId: string;
        /**
         * @description What a picture shows, for those who do not see it, in one line. Surrounding white space is removed.
         * @example Two blue cups
         */
        AltText: string;
        /** @description A property of a product. */
        Attribute: {
            /** @description Its name. */
            name: components["schemas"]["AttributeName"];
            /** @description Its value. */
            value: components["schemas"]["AttributeValue"];
        };
        /** @description A property of a product. */
        AttributeInput: {
            /** @description Its name. */
            name: components["schemas"]["AttributeName"];
            /** @description Its value. */
            value: components["schemas"]["AttributeValue"];
        };
        /**
         * @description The name of a property, in one line. Surrounding white space is removed.
         * @example Material
         */
        AttributeName: string;
        /**
         * @description The value of a property, in one line. Surrounding white space is removed.
         * @example Porcelain
         */
        AttributeValue: string;
        /** @description Properties, each name once, in the order in which they are shown. */
        Attributes: components["schemas"]["Attribute"][];
        /** @description Properties, each name once, in the order in which they are shown. */
        AttributesInput: components["schemas"]["AttributeInput"][];
        /** @description What somebody who works in the shop has done. It is written once and never changes. */
        AuditEntry: {
            /** @description The operation. */
            action: components["schemas"]["Action"];
            /** @description Who has done it. */
            actor: components["schemas"]["UserId"];
            /**
             * Format: date-time
             * @description When it was done.
             */
            at: string;
            /** @description The event that reported it. Ids of events sort by time. */
            event_id: components["schemas"]["EventId"];
            /** @description What was changed. */
            subject: components["schemas"]["Subject"];
        };
        /** @description How many pieces of a SKU are sold before the shop has them. */
        Backorder: {
            /** @description How many may be on backorder at a time. */
            limit: components["schemas"]["BackorderLimit"];
            /** @description In how many days they ship, which customers are told before they order. */
            ships_in_days: components["schemas"]["ShipsInDays"];
        };
        /** @description How many pieces of a SKU are sold before the shop has them. */
        BackorderInput: {
            /** @description How many may be on backorder at a time. */
            limit: components["schemas"]["BackorderLimit"];
            /** @description In how many days they ship, which customers are told before they order. */
            ships_in_days: components["schemas"]["ShipsInDays"];
        };
        /**
         * Format: int32
         * @description How many pieces of a SKU may be on backorder at a time.
         * @example 20
         */
        BackorderLimit: number;
        /** @description A promotion that needs no code. Of those that apply to an order, the one that saves the customer most does. */
        Campaign: {
            /** @description What it does, and when. */
            rule: components["schemas"]["PromotionRule"];
        };
        /** @description A promotion that needs no code. Of those that apply to an order, the one that saves the customer most does. */
        CampaignInput: {
            /** @description What it does, and when. */
            rule: components["schemas"]["PromotionRuleInput"];
        };
        /** @description What the customer of an order can do. */
        Can: {
            /** @description Cancel it. If the caller is of the staff, whether they can. */
            cancel: boolean;
            /** @description Pay it, until its hold ends. */
            pay: boolean;
            /**
             * Format: date-time
             * @description When the time for that ends, once it has begun: when the last parcel has arrived, or later the rest was cancelled.
             */
            return_until?: string | null;
            /** @description Withdraw from the contract, or from what is left of it. */
            withdraw: boolean;
        };
        /** @description Which pieces are not delivered, and why. */
        CancelLines: {
            /** @description Pieces that are not shipped. */
            lines: components["schemas"]["Lines"];
            /** @description Why, for the staff and the customer. */
            reason: components["schemas"]["Note"];
        };
        /** @description Why an order is cancelled. */
        CancelOrder: {
            /** @description Why, for the staff and the customer. It is in the order's timeline. */
            reason?: components["schemas"]["Note"] | null;
        };
        /**
         * @description Pieces of an order that the staff cancel; derived from the order and the Idempotency-Key of whoever cancels them.
         * @example cnl_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        CancellationId: string;
        /**
         * @description When the money of an order is captured.
         *
         *     - `automatic`: At once.
         *     - `on_shipment`: It is authorised when the order is placed, and captured parcel by parcel.
         * @enum {string}
         */
        CaptureMode: "automatic" | "on_shipment";
        /** @description How far the money of an order is captured. */
        Capturing: {
            /** @description What was captured. */
            captured: components["schemas"]["Money"];
            /** @description Whether money could not be captured, and will not be. */
            has_failed?: boolean;
            /** @description Whether nothing more is captured. */
            is_complete?: boolean;
            /** @description Pieces that were cancelled before their money was captured. */
            released?: components["schemas"]["RefundedLine"][];
            /** @description What was to be captured so far: what the invoices of its parcels say. */
            requested: components["schemas"]["Money"];
        };
        /** @description A cart, as its owner sees it. */
        Cart: {
            /** @description The address on the invoice, if it is another. */
            billing_address?: components["schemas"]["Address"] | null;
            /** @description What is different from what the owner has seen. `acknowledge` takes all of it. */
            changes: components["schemas"]["CartChange"][];
            /** @description The codes of promotions that its owner has given. */
            codes: components["schemas"]["PromotionCode"][];
            /** @description What is in it. */
            lines: components["schemas"]["CartLine"][];
            /** @description What the customer wants to say. */
            note?: components["schemas"]["CartNote"] | null;
            /** @description What keeps it from being ordered. */
            problems: components["schemas"]["CartProblem"][];
            /** @description What it costs, without lines that cannot be ordered. */
            quote?: components["schemas"]["Quote"] | null;
            /** @description The delivery address. */
            shipping_address?: components["schemas"]["Address"] | null;
            /** @description The chosen way of shipping. */
            shipping_method?: components["schemas"]["SettingId"] | null;
            /** @description The ways of shipping to the address, with their prices before promotions. */
            shipping_options: components["schemas"]["ShippingOption"][];
            /** @description Whether the product service is unavailable. Titles and prices are then those that were last seen, and there is no quote. */
            stale?: boolean;
            /** @description Its version, for `If-Match`; 0 before anything was put into it. */
            version: number;
        };
        /** @description A difference from what the cart's owner has seen. */
        CartChange: {
            /** @constant */
            code: "price_changed";
            /** @description The price. */
            now: components["schemas"]["Money"];
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /** @description The price that was last seen. */
            was: components["schemas"]["Money"];
        } | {
            /** @constant */
            code: "out_of_stock";
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /** @description The number of pieces in the cart. */
            was: components["schemas"]["Quantity"];
        } | {
            /** @constant */
            code: "reduced";
            /** @description The number of pieces that are left. */
            now: components["schemas"]["Quantity"];
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /** @description The number of pieces in the cart. */
            was: components["schemas"]["Quantity"];
        } | {
            /** @constant */
            code: "not_for_sale";
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
        };
        /** @description A line of a cart. */
        CartLine: {
            /** @description The number of pieces that can be ordered, capped at 10: 10 means "10 or more". Absent if it is not known. */
            available?: number | null;
            /** @description The number of pieces. */
            quantity: components["schemas"]["Quantity"];
            /** @description In how many days it ships, if some of the pieces are sold before the shop has them. */
            ships_in_days?: components["schemas"]["ShipsInDays"] | null;
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /** @description The product's title and the variant's. */
            title: components["schemas"]["Title"];
            /** @description The price of one piece now. */
            unit_price: components["schemas"]["Money"];
        };
        /**
         * @description What the customer wants to say about the order; several lines are allowed. Surrounding white space is removed.
         * @example Please ring twice.
         */
        CartNote: string;
        /** @description Something that keeps a cart from being ordered. */
        CartProblem: {
            /** @description What it is. */
            code: components["schemas"]["CartProblemCode"];
            /** @description The promotion's code that it is about, if it is about one. */
            promotion_code?: components["schemas"]["PromotionCode"] | null;
            /** @description The SKU that it is about, if it is about one. */
            sku?: components["schemas"]["Sku"] | null;
        };
        /**
         * @description What keeps a cart from being ordered.
         *
         *     - `cart_empty`: There is nothing in it.
         *     - `not_for_sale`: The shop does not sell the SKU.
         *     - `out_of_stock`: There are fewer pieces than the line has.
         *     - `currency_mismatch`: The line's price is in another currency than the first line's.
         *     - `amount_out_of_range`: The payment gateway does not charge such an amount.
         *     - `address_needed`: There is no delivery address.
         *     - `destination_not_served`: The shop does not deliver to the address, or not such goods.
         *     - `shipping_not_chosen`: No way of shipping is chosen, or one that is not offered.
         *     - `code_unknown`: There is no such promotion.
         *     - `code_expired`: The promotion's time has not come, or is over.
         *     - `code_not_applicable`: The cart has not what the promotion is about, or is too small, or has another code that allows no other.
         *     - `code_used_up`: The promotion was used as often as it may be.
         * @enum {string}
         */
        CartProblemCode: "cart_empty" | "not_for_sale" | "out_of_stock" | "currency_mismatch" | "amount_out_of_range" | "address_needed" | "destination_not_served" | "shipping_not_chosen" | "code_unknown" | "code_expired" | "code_not_applicable" | "code_used_up";
        /** @description A category, apart from its slug. */
        Category: {
            /** @description The category that it is part of; none for one of the first level. */
            parent?: components["schemas"]["Slug"] | null;
            /**
             * @description Its place among the categories beside it, the lowest first. Those with the same position are sorted by title.
             * @default 0
             */
            position: number;
            /** @description Its title. */
            title: components["schemas"]["CategoryTitle"];
        };
        /** @description The number of results in a category. */
        CategoryCount: {
            /** @description The category. */
            category: components["schemas"]["Slug"];
            /** @description The number of results in it. */
            count: number;
        };
        /** @description A category, apart from its slug. */
        CategoryInput: {
            /** @description The category that it is part of; none for one of the first level. */
            parent?: components["schemas"]["Slug"] | null;
            /**
             * @description Its place among the categories beside it, the lowest first. Those with the same position are sorted by title.
             * @default 0
             */
            position?: number;
            /** @description Its title. */
            title: components["schemas"]["CategoryTitle"];
        };
        /** @description A category with those that are part of it. */
        CategoryNode: {
            /** @description The categories that are part of it, in their order. */
            children: components["schemas"]["CategoryNode"][];
            /** @description The slug, by which products are listed. */
            slug: components["schemas"]["Slug"];
            /** @description Its title. */
            title: components["schemas"]["CategoryTitle"];
        };
        /**
         * @description The title of a category, in one line. Surrounding white space is removed.
         * @example Coffee
         */
        CategoryTitle: string;
        /** @description The tree of categories. */
        CategoryTree: {
            /** @description The categories of the first level, in their order, each with those below it: at most 500, and at the end those that only products name. */
            items: components["schemas"]["CategoryNode"][];
        };
        /** @description The password is right, and the account has a second factor. `Debug` does not show the challenge. */
        Challenged: {
            /** @description What to send with a code to `POST /sessions/second-factor`. */
            challenge: string;
            /**
             * Format: int64
             * @description In how many seconds.
             */
            expires_in: number;
            /** @description The kinds of code that are taken. */
            methods: string[];
        };
        /** @description A new password, with the proof that it is the user who sets it. */
        ChangePassword: {
            /** @description The password that is to be replaced. */
            current_password: string;
            /** @description The new password. */
            new_password: components["schemas"]["NewPassword"];
        };
        /** @description The new price. */
        ChangePrice: {
            /** @description The price of one piece without a reduction, tax included. */
            price: components["schemas"]["MoneyInput"];
            /** @description A reduction for a time. Without it, a reduction that is on ends. */
            sale?: components["schemas"]["NewSale"] | null;
        };
        /** @description A customer's request to order what is in the cart. */
        CheckOut: {
            /** @description The version of the cart that the customer was shown. If the cart has another one, nothing is ordered. */
            cart_version?: number | null;
            /** @description How a guest is reached, who has to send it. A user with an account is reached at the account's address. */
            contact?: components["schemas"]["GivenContact"] | null;
            /** @description The total that the customer was shown. At another one, nothing is ordered. */
            expected_total: components["schemas"]["MoneyInput"];
            /** @description The payment gateway's token to charge. Either this or `saved_method` is needed. */
            payment_method?: components["schemas"]["PaymentMethod"] | null;
            /** @description Whether `payment_method` is saved for the customer's account once it is charged. */
            save_method?: boolean;
            /** @description A payment method that the customer has saved. */
            saved_method?: components["schemas"]["PaymentMethod"] | null;
            /** @description The terms that the customer has accepted: `policies.terms_version` of `GET /shop`, if it has one. */
            terms_version?: components["schemas"]["Label"] | null;
        };
        /** @description What the staff have done about a statement. */
        ClosedStatement: {
            /** @description Whether they have done what it asks for. */
            accepted: boolean;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description How, or why not. */
            reason?: components["schemas"]["Note"] | null;
        };
        /** @description A code, for the sign-in that it completes. */
        CompleteLogIn: {
            /** @description The `challenge` of the reply to the password. */
            challenge: string;
            /** @description The code that the user's app shows, or a recovery code. */
            code: string;
            /** @description The newest refresh token of a guest's session, whose orders become the account's. One that is not valid is ignored. */
            guest_refresh_token?: string | null;
        };
        /** @description The proof that its sender reads the mails of an address. */
        ConfirmEmail: {
            /** @description The token in the link's fragment. */
            token: string;
        };
        /** @description The app's first code. */
        ConfirmTotp: {
            /** @description The code that the app shows. */
            code: string;
        };
        /**
         * @description That the customer has confirmed it: always `true`.
         * @enum {boolean}
         */
        Confirmed: true;
        /** @description An address that was confirmed. */
        ConfirmedEmail: {
            /** @description Its address. */
            email: components["schemas"]["Email"];
            /** @description The account. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description What one piece contains, from which shops show its price per kilogram, litre or metre. */
        Content: {
            /** @description The amount, without packaging. */
            amount: components["schemas"]["ContentAmount"];
            /** @description Its unit. */
            unit: components["schemas"]["ContentUnit"];
        };
        /**
         * Format: int32
         * @description The amount of contents, in their unit.
         * @example 250
         */
        ContentAmount: number;
        /** @description What one piece contains, from which shops show its price per kilogram, litre or metre. */
        ContentInput: {
            /** @description The amount, without packaging. */
            amount: components["schemas"]["ContentAmount"];
            /** @description Its unit. */
            unit: components["schemas"]["ContentUnit"];
        };
        /**
         * @description A unit that the contents of a piece are measured in. Prices are compared per kilogram, litre or metre (Directive 98/6/EC, Article 2).
         *
         *     - `g`: Grams.
         *     - `ml`: Millilitres.
         *     - `cm`: Centimetres.
         * @enum {string}
         */
        ContentUnit: "g" | "ml" | "cm";
        /**
         * @description An ISO 3166-1 alpha-2 country code.
         * @example ES
         */
        CountryCode: string;
        /** @description An announced file. */
        CreatedImport: {
            /** @description The import's id. It runs once the file was uploaded. */
            import_id: components["schemas"]["ImportId"];
            /** @description Where the file is to be uploaded. */
            upload: components["schemas"]["Upload"];
        };
        /**
         * @description An ISO 4217 currency with a minor unit.
         * @example EUR
         * @enum {string}
         */
        Currency: "AED" | "AFN" | "ALL" | "AMD" | "AOA" | "ARS" | "AUD" | "AWG" | "AZN" | "BAM" | "BBD" | "BDT" | "BGN" | "BHD" | "BIF" | "BMD" | "BND" | "BOB" | "BOV" | "BRL" | "BSD" | "BTN" | "BWP" | "BYN" | "BZD" | "CAD" | "CDF" | "CHE" | "CHF" | "CHW" | "CLF" | "CLP" | "CNY" | "COP" | "COU" | "CRC" | "CUC" | "CUP" | "CVE" | "CZK" | "DJF" | "DKK" | "DOP" | "DZD" | "EGP" | "ERN" | "ETB" | "EUR" | "FJD" | "FKP" | "GBP" | "GEL" | "GHS" | "GIP" | "GMD" | "GNF" | "GTQ" | "GYD" | "HKD" | "HNL" | "HRK" | "HTG" | "HUF" | "IDR" | "ILS" | "INR" | "IQD" | "IRR" | "ISK" | "JMD" | "JOD" | "JPY" | "KES" | "KGS" | "KHR" | "KMF" | "KPW" | "KRW" | "KWD" | "KYD" | "KZT" | "LAK" | "LBP" | "LKR" | "LRD" | "LSL" | "LYD" | "MAD" | "MDL" | "MGA" | "MKD" | "MMK" | "MNT" | "MOP" | "MRU" | "MUR" | "MVR" | "MWK" | "MXN" | "MXV" | "MYR" | "MZN" | "NAD" | "NGN" | "NIO" | "NOK" | "NPR" | "NZD" | "OMR" | "PAB" | "PEN" | "PGK" | "PHP" | "PKR" | "PLN" | "PYG" | "QAR" | "RON" | "RSD" | "RUB" | "RWF" | "SAR" | "SBD" | "SCR" | "SDG" | "SEK" | "SGD" | "SHP" | "SLE" | "SLL" | "SOS" | "SRD" | "SSP" | "STN" | "SVC" | "SYP" | "SZL" | "THB" | "TJS" | "TMT" | "TND" | "TOP" | "TRY" | "TTD" | "TWD" | "TZS" | "UAH" | "UGX" | "USD" | "USN" | "UYI" | "UYU" | "UYW" | "UZS" | "VED" | "VES" | "VND" | "VUV" | "WST" | "XAD" | "XAF" | "XCD" | "XCG" | "XOF" | "XPF" | "YER" | "ZAR" | "ZMW" | "ZWG" | "ZWL";
        /** @description The customer's current data in the user service. */
        Customer: {
            /** @description The customer's e-mail address. */
            email: components["schemas"]["Email"];
            /** @description The customer's name. */
            name: components["schemas"]["Name"];
            /** @constant */
            status: "available";
        } | {
            /** @constant */
            status: "unavailable";
        };
        /**
         * @description A calendar day in UTC.
         * @example 2026-11-23
         */
        Day: string;
        /** @description What has moved on a day. */
        DayTotals: {
            /** @description The totals of each account that has moved. */
            accounts: components["schemas"]["AccountTotal"][];
            /** @description The day. */
            day: components["schemas"]["Day"];
        };
        /** @description How many days something takes. */
        Days: {
            /** @description At least. */
            least: number;
            /** @description At most. */
            most: number;
        };
        /** @description How many days something takes. */
        DaysInput: {
            /** @description At least. */
            least: number;
            /** @description At most. */
            most: number;
        };
        /** @description What was decided about. */
        Decided: components["schemas"]["ReturnEntry"] | components["schemas"]["WithdrawalStatement"];
        /** @description The declaration of somebody who withdraws from a contract. */
        Declaration: {
            /** @description The address that the order was placed with, to which the acknowledgement is sent. */
            email: components["schemas"]["Email"];
            /** @description What the withdrawal is from; from the whole contract, if it is left out. */
            lines?: components["schemas"]["Lines"] | null;
            /** @description The language of the acknowledgement, for an address that is no customer's; English if it is left out. */
            locale?: components["schemas"]["Locale"] | null;
            /** @description Who declares it. */
            name: components["schemas"]["Name"];
            /** @description The number of the order. */
            order_number: components["schemas"]["DeclaredNumber"];
        };
        /**
         * @description What is stated as the number of an order. Spaces and `#` are left out.
         * @example X60W-P2C2M
         */
        DeclaredNumber: string;
        /**
         * @description A reason for a decline that its customer may see, and can do something about. The gateway's own codes are never shown: some of them (`stolen_card`, `fraudulent`) would tell somebody who tests stolen cards what the bank knows.
         *
         *     - `insufficient_funds`: There is not enough money, or a limit of the card is reached.
         *     - `expired_card`: The card has expired.
         *     - `unusable_payment_method`: The payment method does not exist, was used before, or cannot be used here. A new one has to be made.
         *     - `generic_decline`: Any other reason.
         * @enum {string}
         */
        DeclineReason: "insufficient_funds" | "expired_card" | "unusable_payment_method" | "generic_decline";
        /** @description What the customer owes for goods that were handled beyond what establishes their nature (Directive 2011/83/EU, Article 14(2)). */
        Deduction: {
            /** @description How much. */
            amount: components["schemas"]["Money"];
            /** @description Why, for the staff and the customer. */
            reason: components["schemas"]["Note"];
        };
        /** @description What the customer owes for goods that were handled beyond what establishes their nature (Directive 2011/83/EU, Article 14(2)). */
        DeductionInput: {
            /** @description How much. */
            amount: components["schemas"]["MoneyInput"];
            /** @description Why, for the staff and the customer. */
            reason: components["schemas"]["Note"];
        };
        /**
         * Format: int32
         * @description The number of pieces to add, or to remove if negative; not 0.
         * @example 10
         */
        Delta: number;
        /**
         * @description A description in plain text; several lines are allowed. Surrounding white space is removed.
         * @example Two cups of stoneware.
         */
        Description: string;
        /** @description The client's `User-Agent`. It helps users to recognise their devices, and proves nothing. */
        Device: string;
        /** @description What a promotion takes off. */
        Discount: {
            /** @description How much it takes off, of goods and shipping together. */
            amount: components["schemas"]["Money"];
            /** @description The promotion's code. */
            code: string;
        };
        /** @description What the shop says of itself as an issuer of tokens (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). It names no `authorization_endpoint`: passwords are typed into the shop's own pages alone. */
        Discovery: {
            /** @description How tokens are signed: Ed25519 (RFC 8037). */
            id_token_signing_alg_values_supported: string[];
            /** @description The `iss` of every access token. */
            issuer: string;
            /** @description Where the keys are that verify access tokens. */
            jwks_uri: string;
            /** @description None, since there is no authorization endpoint. Both standards require the member. */
            response_types_supported: string[];
            /** @description A user has the same `sub` everywhere. */
            subject_types_supported: string[];
            /** @description Where sessions begin. It takes JSON, not a form: see the operation. */
            token_endpoint: string;
            /** @description What a client may send to the token endpoint to prove which client it is: nothing. */
            token_endpoint_auth_methods_supported: string[];
        };
        /**
         * @description Money that a customer claims back through their bank; derived from the payment gateway's id for it.
         * @example dsp_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        DisputeId: string;
        /**
         * @description The status of a dispute.
         *
         *     - `inquiry`: The bank only asks. It has taken nothing, and a refund ends it.
         *     - `open`: The bank has decided nothing. Nothing of the payment can be refunded.
         *     - `inquiry_closed`: The bank asked, and no dispute has followed.
         *     - `won`: The shop keeps the money.
         *     - `lost`: The customer has the money.
         * @enum {string}
         */
        DisputeStatus: "inquiry" | "open" | "inquiry_closed" | "won" | "lost";
        /** @description A dispute, as staff see it. */
        DisputeView: {
            /** @description The disputed amount. */
            amount: components["schemas"]["Money"];
            /** @description Its id. */
            dispute_id: components["schemas"]["DisputeId"];
            /**
             * Format: date-time
             * @description Until when the shop can answer, in the gateway's dashboard.
             */
            due_by?: string | null;
            /** @description What the gateway has charged for it. */
            fee: components["schemas"]["Money"];
            /** @description The payment gateway's id for it, by which its dashboard finds it. */
            gateway_id: string;
            /**
             * Format: date-time
             * @description When the shop learnt of it.
             */
            opened_at: string;
            /** @description The order that it pays. */
            order_id: components["schemas"]["OrderId"];
            /** @description The disputed payment. */
            payment_id: components["schemas"]["PaymentId"];
            /** @description The bank's reason (`product_not_received`). */
            reason: string;
            /** @description Its status. */
            status: components["schemas"]["DisputeStatus"];
            /** @description What was taken from the shop's balance at the gateway. */
            withdrawn: components["schemas"]["Money"];
        };
        /**
         * @description The number of an invoice or credit note.
         * @example ES-2026-000001
         */
        DocumentNumber: string;
        /** @description Who answers for a product. An offer on the Internet has to name its manufacturer, and a responsible person in the European Union if the manufacturer is not there (Regulation (EU) 2023/988 on general product safety, Article 19). */
        EconomicOperator: {
            /** @description The electronic address: an e-mail address, or that of a web page. */
            electronic_address: components["schemas"]["OperatorLine"];
            /** @description The name, or the registered trade name or trade mark. */
            name: components["schemas"]["OperatorLine"];
            /** @description The postal address, in one line. */
            postal_address: components["schemas"]["OperatorLine"];
        };
        /** @description Who answers for a product. An offer on the Internet has to name its manufacturer, and a responsible person in the European Union if the manufacturer is not there (Regulation (EU) 2023/988 on general product safety, Article 19). */
        EconomicOperatorInput: {
            /** @description The electronic address: an e-mail address, or that of a web page. */
            electronic_address: components["schemas"]["OperatorLine"];
            /** @description The name, or the registered trade name or trade mark. */
            name: components["schemas"]["OperatorLine"];
            /** @description The postal address, in one line. */
            postal_address: components["schemas"]["OperatorLine"];
        };
        /**
         * Format: email
         * @description An e-mail address. It is lower-cased, so that one mailbox is one account.
         * @example ada@bodega.example
         */
        Email: string;
        /** @description The proof that it is the user who sets up a second factor. */
        EnrollTotp: {
            /** @description The account's password. */
            password: string;
        };
        /** @description What the user enters into an app. `Debug` does not show it. */
        Enrolment: {
            /**
             * Format: int64
             * @description In how many seconds the first code must be sent.
             */
            expires_in: number;
            /** @description The same as a URL (`otpauth://totp/…`), to show as a QR code. SHA-1, six digits, 30 seconds. */
            otpauth_url: string;
            /** @description The app's secret in base 32, to type. */
            secret: string;
        };
        /** @description What will become of the account. */
        Erasure: {
            /**
             * Format: date-time
             * @description When it will be erased; `null` if it is kept.
             */
            erases_at: string | null;
        };
        /**
         * @description An event.
         * @example evt_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        EventId: string;
        /** @description What the user service holds of a user, in a form that programs can read (GDPR Art. 15 and 20). */
        Export: {
            /** @description The account. */
            account: components["schemas"]["User"];
            /** @description The addresses that the user has saved. */
            addresses: components["schemas"]["SavedAddress"][];
            /** @description The routes of what the shop's other services hold: the cart, and the orders, which name their payments. */
            elsewhere: string[];
            /**
             * Format: date-time
             * @description When the user last proved to read the mails of the address.
             */
            email_verified_at: string | null;
            /**
             * Format: date-time
             * @description When this was read.
             */
            exported_at: string;
            /**
             * Format: date-time
             * @description When the user agreed to be written to about offers.
             */
            marketing_consent_at: string | null;
            /**
             * Format: date-time
             * @description Since when signing in requires a second factor.
             */
            second_factor_since: string | null;
            /** @description The sessions in which the user is signed in, newest first, fifty at most. */
            sessions: components["schemas"]["Session"][];
        };
        /** @description A page of a file. */
        ExportPage: {
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
            /** @description The next lines of the file, with their line breaks. The texts of all pages, one after the other, are the file. */
            text: string;
        };
        /** @description An error in a request body. */
        FieldError: {
            /** @description The error. */
            message: string;
            /** @description The location, as a JSON pointer (RFC 6901). */
            pointer: string;
        };
        /**
         * @description The form of a file.
         *
         *     - `csv`: Comma-separated values (RFC 4180), with `,` or `;`: a row for each variant.
         *     - `jsonl`: JSON lines: a product in each.
         * @enum {string}
         */
        FileFormat: "csv" | "jsonl";
        /**
         * @description The SHA-256 of a file, in lower case.
         * @example ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
         */
        FileHash: string;
        /** @description Something that can be switched on and off. */
        Flag: {
            /** @description Whether it is on. */
            on: boolean;
            /**
             * @description Whether pages are told.
             * @default false
             */
            public: boolean;
        };
        /** @description Something that can be switched on and off. */
        FlagInput: {
            /** @description Whether it is on. */
            on: boolean;
            /**
             * @description Whether pages are told.
             * @default false
             */
            public?: boolean;
        };
        /** @description The accounts that were found. */
        FoundUsers: {
            /** @description The accounts: one at most with an address, with twenty guests at most who have left it, or all with a role. */
            items: components["schemas"]["User"][];
        };
        /**
         * @description How far an order has come on its way to the customer.
         *
         *     - `unfulfilled`: Nothing was shipped.
         *     - `partially_shipped`: Some pieces were shipped, and others not.
         *     - `shipped`: All pieces were shipped.
         *     - `partially_delivered`: All pieces were shipped, and some have arrived.
         *     - `delivered`: All pieces have arrived.
         * @enum {string}
         */
        FulfillmentStatus: "unfulfilled" | "partially_shipped" | "shipped" | "partially_delivered" | "delivered";
        /** @description How a guest wants to be reached about an order. */
        GivenContact: {
            /** @description The address that mails about the order are sent to. An account finds the order by it, once its owner has confirmed the address. */
            email: components["schemas"]["Email"];
            /** @description The language of the mails; if it is left out, the one that the guest's session began with. */
            locale?: components["schemas"]["Locale"] | null;
            /** @description The guest's name. */
            name: components["schemas"]["Name"];
        };
        /** @description What tax, carriers and the law of withdrawal ask about one piece. */
        Goods: {
            /** @description Whether it is exempt from the right of withdrawal (Directive 2011/83/EU, Article 16): perishable, made to order, unsealed for hygiene … */
            no_withdrawal?: boolean;
            /** @description Its class in tax tables. */
            tax_code?: components["schemas"]["TaxCode"];
            /** @description Its weight for shipping. */
            weight_g?: components["schemas"]["Grams"] | null;
        };
        /** @description What tax, carriers and the law of withdrawal ask about one piece. */
        GoodsInput: {
            /** @description Whether it is exempt from the right of withdrawal (Directive 2011/83/EU, Article 16): perishable, made to order, unsealed for hygiene … */
            no_withdrawal?: boolean;
            /** @description Its class in tax tables. */
            tax_code?: components["schemas"]["TaxCode"];
            /** @description Its weight for shipping. */
            weight_g?: components["schemas"]["Grams"] | null;
        };
        /**
         * Format: int32
         * @description A weight in grams.
         * @example 280
         */
        Grams: number;
        /** @description A picture of a product. All its sizes are JPEG, have no metadata, and never change. */
        Image: {
            /** @description What it shows, for those who do not see it. */
            alt: components["schemas"]["AltText"];
            /** @description The height of its largest size, in pixels. */
            height: number;
            /** @description Its id. */
            image_id: components["schemas"]["ImageId"];
            /** @description The path of its largest size at the shop's address: `/images/prd_…/0123456789abcdef-1920.jpg`. Another size has another of the `widths` before `.jpg`. */
            url: string;
            /** @description The width of its largest size, in pixels. */
            width: number;
            /** @description The widths of its sizes, in pixels, from the smallest to the largest. */
            widths: number[];
        };
        /** @description A picture in the order that staff choose, with its text. */
        ImageEdit: {
            /** @description What it shows, for those who do not see it. */
            alt: components["schemas"]["AltText"];
            /** @description The picture. */
            image_id: components["schemas"]["ImageId"];
        };
        /**
         * @description Why an uploaded file is not a picture of the product.
         *
         *     - `image_type`: Its content is of another type than announced.
         *     - `image_dimensions`: It is wider or higher than `MAX_IMAGE_SIDE`.
         *     - `image_animated`: It has more than one picture.
         *     - `image_broken`: It cannot be read to its end.
         *     - `image_too_small`: It is so small that none of its sizes would be smaller.
         *     - `too_many_images`: The product has `MAX_IMAGES` already.
         *     - `product_not_found`: The product is gone.
         * @enum {string}
         */
        ImageFault: "image_type" | "image_dimensions" | "image_animated" | "image_broken" | "image_too_small" | "too_many_images" | "product_not_found";
        /**
         * @description A picture of a product.
         * @example img_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        ImageId: string;
        /**
         * @description A format that pictures are uploaded in.
         *
         *     - `image/jpeg`: JPEG.
         *     - `image/png`: PNG.
         *     - `image/webp`: WebP.
         * @enum {string}
         */
        ImageType: "image/jpeg" | "image/png" | "image/webp";
        /** @description What has become of a file's rows. A row is a variant: a row of a CSV file, or a variant in a JSON line. A line that cannot be read is one row. */
        ImportCounts: {
            /** @description Rows whose variant is new. */
            created: number;
            /** @description Rows that have changed nothing because something is wrong with them. */
            failed: number;
            /** @description Rows that say what is so already. */
            unchanged: number;
            /** @description Rows that have changed something. */
            updated: number;
        };
        /**
         * @description A file of products that staff import.
         * @example imp_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        ImportId: string;
        /** @description How far an import is. */
        ImportReport: {
            /** @description What has become of the rows that were worked off; of a dry run, what would. */
            counts: components["schemas"]["ImportCounts"];
            /** @description Whether it only reports what would change. */
            dry_run: boolean;
            /** @description The first 1,000 rows that are wrong, or what is wrong with the file as a whole. */
            failed: components["schemas"]["RowFailure"][];
            /** @description The file's form. */
            format: components["schemas"]["FileFormat"];
            /** @description Its id. */
            import_id: components["schemas"]["ImportId"];
            /**
             * Format: date-time
             * @description When.
             */
            requested_at: string;
            /** @description Who has announced it. */
            requested_by: components["schemas"]["UserId"];
            /** @description The number of rows of the file, once it was read to its end. */
            rows?: number | null;
            /** @description How far it is. */
            status: components["schemas"]["ImportState"];
        };
        /**
         * @description How far an import is.
         *
         *     - `awaiting`: The file was not uploaded yet, or not looked at.
         *     - `checking`: The file is being read. Nothing is written before it was read to its end.
         *     - `running`: Products are being written.
         *     - `done`: Every row was either written or reported.
         *     - `failed`: The file as a whole cannot be imported, and nothing was written.
         * @enum {string}
         */
        ImportState: "awaiting" | "checking" | "running" | "done" | "failed";
        /** @description What the customer has to do. */
        Instructions: {
            /**
             * Format: date-time
             * @description By when the goods are to be sent.
             */
            send_by: string;
            /** @description Where they are sent to, if the shop has said who sells. */
            send_to?: components["schemas"]["Address"] | null;
        };
        /** @description An invoice or a credit note. It is never changed. */
        Invoice: {
            /** @description The customer. */
            buyer: components["schemas"]["Address"];
            /** @description The invoices that a credit note corrects. */
            corrects?: components["schemas"]["DocumentNumber"][];
            /** @description What an invoice deducts, because it was refunded before it was invoiced. */
            deductions?: components["schemas"]["InvoiceLine"][];
            /**
             * Format: date-time
             * @description When it was issued, which for an invoice is when the goods were handed over to the carrier.
             */
            issued_at: string;
            /** @description What it is. */
            kind: components["schemas"]["InvoiceKind"];
            /** @description What was delivered, or what is credited. */
            lines: components["schemas"]["InvoiceLine"][];
            /** @description Its number. */
            number: components["schemas"]["DocumentNumber"];
            /** @description The order. */
            order_id: components["schemas"]["OrderId"];
            /** @description The order's number, for people. */
            order_number?: components["schemas"]["OrderNumber"] | null;
            /** @description Why the refund was granted. */
            reason?: components["schemas"]["Note"] | null;
            /** @description The refund that a credit note documents. */
            refund_id?: components["schemas"]["RefundId"] | null;
            /** @description Who sells; none if the shop had not set it. */
            seller?: components["schemas"]["InvoiceSeller"] | null;
            /** @description The parcel that was invoiced. */
            shipment_id?: components["schemas"]["ShipmentId"] | null;
            /** @description All tax. */
            tax: components["schemas"]["Money"];
            /** @description Whether the tax was added to the prices, which do not contain it. */
            tax_added?: boolean;
            /** @description The tax by jurisdiction and rate, of lines less deductions. */
            tax_lines?: components["schemas"]["TaxLine"][];
            /** @description The sum of the lines less the deductions, with the tax. */
            total: components["schemas"]["Money"];
        };
        /** @description An invoice or credit note in a list. */
        InvoiceEntry: {
            /**
             * Format: date-time
             * @description When it was issued.
             */
            issued_at: string;
            /** @description What it is. */
            kind: components["schemas"]["InvoiceKind"];
            /** @description Its number. */
            number: components["schemas"]["DocumentNumber"];
            /** @description Its total, with the tax. */
            total: components["schemas"]["Money"];
        };
        /**
         * @description What a document is.
         *
         *     - `invoice`: The invoice of a parcel.
         *     - `credit_note`: A credit note, which corrects invoices after a refund.
         * @enum {string}
         */
        InvoiceKind: "invoice" | "credit_note";
        /** @description A line of an invoice or credit note. */
        InvoiceLine: {
            /** @description What is paid for it, with the tax. */
            amount: components["schemas"]["Money"];
            /** @description What promotions took off the pieces. */
            discount?: components["schemas"]["Money"] | null;
            /** @description The number of pieces; none for shipping, and for a part of the price. */
            quantity?: components["schemas"]["Quantity"] | null;
            /** @description The SKU; none for shipping. */
            sku?: components["schemas"]["Sku"] | null;
            /** @description The tax that the amount contains. */
            tax: components["schemas"]["Money"];
            /** @description The rate of the tax in parts per million. */
            tax_rate?: components["schemas"]["Ppm"] | null;
            /** @description The title in the order; none for shipping. */
            title?: components["schemas"]["Title"] | null;
            /** @description The price of one piece before promotions, with the tax if prices contain it. */
            unit_price?: components["schemas"]["Money"] | null;
        };
        /** @description Who sells, as of that day. */
        InvoiceSeller: {
            /** @description The name under which it trades, and its address. */
            address: components["schemas"]["Address"];
            /** @description What the shop is called. */
            name: components["schemas"]["Label"];
            /** @description Its number for value added tax. */
            vat_id?: components["schemas"]["VatId"] | null;
        };
        /** @description A product with the stock of its variants. */
        KeptProduct: {
            /** @description The product. */
            product: components["schemas"]["Product"];
            /** @description The counters of its variants, in the order of the variants. */
            stock: components["schemas"]["StockLevel"][];
            /** @description The files of pictures that were announced within a day and that the product has no picture of, the newest first: up to 20. */
            uploads: components["schemas"]["ShownUpload"][];
        };
        /** @description A public key (RFC 8037). */
        Key: {
            /** @description The algorithm: `EdDSA`. */
            alg: string;
            /** @description The curve: `Ed25519`. */
            crv: string;
            /** @description The key's id, as in the header of tokens that it signed. */
            kid: string;
            /** @description The type of the key: `OKP`. */
            kty: string;
            /** @description The use of the key: `sig`. */
            use: string;
            /** @description The public key, in base64url. */
            x: string;
        };
        /** @description A JSON Web Key Set (RFC 7517). */
        KeySet: {
            /** @description The keys that verify access tokens. */
            keys: components["schemas"]["Key"][];
        };
        /**
         * @description A short text that customers read, in one line. Surrounding white space is removed.
         * @example Standard
         */
        Label: string;
        /** @description What has moved, in UTC. */
        Ledger: {
            /** @description The totals of the whole time. */
            accounts: components["schemas"]["AccountTotal"][];
            /** @description The totals of each day on which anything has moved. */
            days: components["schemas"]["DayTotals"][];
        };
        /**
         * @description A ledger account.
         *
         *     - `gateway_receivable`: Money captured by the payment gateway, to be paid out to the shop: an asset.
         *     - `customer_orders`: Customers' payments for orders: owed to them in goods or, after a refund, no longer owed.
         *     - `gateway_fees`: What the payment gateway and the banks charge the shop: an expense.
         *     - `bank`: Money that the payment gateway has paid out: an asset.
         *     - `disputed_funds`: Money that banks have taken for customers who dispute their payments, until that is decided: an asset.
         *     - `dispute_losses`: Money that was lost in disputes: an expense.
         * @enum {string}
         */
        LedgerAccount: "gateway_receivable" | "customer_orders" | "gateway_fees" | "bank" | "disputed_funds" | "dispute_losses";
        /** @description The text of a file. */
        LedgerFile: {
            /** @description The lines, with their line breaks. */
            text: string;
        };
        /**
         * @description The form of a reply.
         *
         *     - `json`: Totals by account, and by account and day.
         *     - `csv`: The text of a file with the totals by account and day (RFC 4180).
         * @enum {string}
         */
        LedgerFormat: "json" | "csv";
        /** @description A SKU and its quantity. */
        Line: {
            /** @description The number of pieces. */
            quantity: components["schemas"]["Quantity"];
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
        };
        /** @description Pieces of an order that are not delivered. */
        LineCancellation: {
            /** @description Its id. */
            cancellation_id: components["schemas"]["CancellationId"];
            /** @description What is not delivered. */
            lines: components["schemas"]["Line"][];
            /** @description Whether nothing of the order was shipped and nothing is left, so that the order is cancelled. */
            order_cancelled: boolean;
            /** @description Why. */
            reason: components["schemas"]["Note"];
            /** @description Its refund, if money was left to refund. If the order is cancelled, all of its money goes back instead; and what was only authorised is not captured. */
            refund?: components["schemas"]["OrderRefund"] | null;
        };
        /** @description A SKU and its quantity. */
        LineInput: {
            /** @description The number of pieces. */
            quantity: components["schemas"]["Quantity"];
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
        };
        /** @description How far the pieces of a line have come. A line of which nothing was shipped has none. */
        LineProgress: {
            /** @description Pieces that are not delivered: the staff have cancelled them. */
            cancelled?: number;
            /**
             * @description Pieces that have arrived, of those that were shipped.
             * @default 0
             */
            delivered: number;
            /** @description Pieces that were shipped. */
            shipped: number;
            /** @description The line's SKU. */
            sku: components["schemas"]["Sku"];
        };
        /** @description SKUs and quantities, each SKU once. */
        Lines: components["schemas"]["LineInput"][];
        /** @description One page of a list. */
        ListOfAdjustment: {
            /** @description The items. */
            items: components["schemas"]["Adjustment"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfAuditEntry: {
            /** @description The items. */
            items: components["schemas"]["AuditEntry"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfDisputeView: {
            /** @description The items. */
            items: components["schemas"]["DisputeView"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfOrderView: {
            /** @description The items. */
            items: components["schemas"]["OrderView"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfPayoutView: {
            /** @description The items. */
            items: components["schemas"]["PayoutView"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfPriceChange: {
            /** @description The items. */
            items: components["schemas"]["PriceChange"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfProduct: {
            /** @description The items. */
            items: components["schemas"]["Product"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfPromotion: {
            /** @description The items. */
            items: components["schemas"]["Promotion"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfReturnItem: {
            /** @description The items. */
            items: components["schemas"]["ReturnItem"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfSavedAddress: {
            /** @description The items. */
            items: components["schemas"]["SavedAddress"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfSavedMethod: {
            /** @description The items. */
            items: components["schemas"]["SavedMethod"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfSession: {
            /** @description The items. */
            items: components["schemas"]["Session"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfSettingEntry: {
            /** @description The items. */
            items: components["schemas"]["SettingEntry"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /** @description One page of a list. */
        ListOfStockEntry: {
            /** @description The items. */
            items: components["schemas"]["StockEntry"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
        };
        /**
         * @description The disputes that are listed.
         *
         *     - `open`: Those that the bank has not decided.
         * @enum {string}
         */
        ListedDisputes: "open";
        /**
         * @description A language tag (BCP 47). Mails are written in the closest language that the shop has, or in English.
         * @example de-AT
         */
        Locale: string;
        /** @description A user's credentials. The rules for new passwords do not apply, since the password may be older than they are. */
        LogIn: {
            /** @description The `device_token` of an earlier reply, if the client has one. */
            device_token?: string | null;
            /** @description The account's address. */
            email: components["schemas"]["Email"];
            /** @description The newest refresh token of a guest's session, whose orders become the account's. One that is not valid is ignored. If the account has a second factor, it is sent with the code instead. */
            guest_refresh_token?: string | null;
            /** @description The password. */
            password: string;
        };
        /** @description What somebody knows of their order. */
        LookUp: {
            /** @description The address that it was placed with. */
            email: components["schemas"]["Email"];
            /** @description Its number. */
            number: components["schemas"]["DeclaredNumber"];
        };
        /**
         * Format: int32
         * @description When a SKU runs low: with this many pieces or fewer.
         * @default 5
         * @example 5
         */
        LowAt: number;
        /** @description Where the shop sells, and in which currency. */
        Market: {
            /** @description The countries that goods are sent to. */
            countries: components["schemas"]["CountryCode"][];
            /** @description The currency of its prices. */
            currency: components["schemas"]["Currency"];
            /** @description The languages of its pages, the preferred one first. */
            locales?: components["schemas"]["Locale"][];
            /** @description Whether prices contain the tax of the destination, as in the European Union; otherwise it is added, as in the United States. */
            tax_included: boolean;
        };
        /** @description Where the shop sells, and in which currency. */
        MarketInput: {
            /** @description The countries that goods are sent to. */
            countries: components["schemas"]["CountryCode"][];
            /** @description The currency of its prices. */
            currency: components["schemas"]["Currency"];
            /** @description The languages of its pages, the preferred one first. */
            locales?: components["schemas"]["Locale"][];
            /** @description Whether prices contain the tax of the destination, as in the European Union; otherwise it is added, as in the United States. */
            tax_included: boolean;
        };
        /** @description A market. */
        MarketView: {
            /** @description The countries that goods are sent to. */
            countries: components["schemas"]["CountryCode"][];
            /** @description The currency of its prices. */
            currency: components["schemas"]["Currency"];
            /** @description The value of the goods from which some way of shipping is free. */
            free_from?: components["schemas"]["Money"] | null;
            /** @description Its id. */
            id: components["schemas"]["SettingId"];
            /** @description The languages of its pages, the preferred one first. */
            locales?: components["schemas"]["Locale"][];
            /** @description Whether prices contain the tax of the destination, as in the European Union; otherwise it is added, as in the United States. */
            tax_included: boolean;
        };
        /** @description What a page needs so that its customer saves a payment method. It is secret: whoever has it can save one for the customer. */
        MethodSetUp: {
            /** @description What `stripe.confirmCardSetup` needs. */
            client_secret: string;
            /** @description The key that Stripe's script needs, if the shop has one. */
            publishable_key?: string | null;
            /** @description The page on which the customer enters the payment method, if it can be opened without Stripe's script. It leads back to the URL that is added as the query parameter `return_url`. */
            redirect_url?: string | null;
        };
        /** @description An amount of money, never negative. */
        Money: {
            /**
             * Format: int64
             * @description Minor units of the currency: cents for EUR, yen for JPY.
             * @example 1999
             */
            amount: number;
            currency: components["schemas"]["Currency"];
        };
        /** @description An amount of money, never negative. */
        MoneyInput: {
            /**
             * Format: int64
             * @description Minor units of the currency: cents for EUR, yen for JPY.
             * @example 1999
             */
            amount: number;
            currency: components["schemas"]["Currency"];
        };
        /**
         * @description A calendar month in UTC.
         * @example 2026-11
         */
        Month: string;
        /**
         * @description A name, in one line, without `://`. Surrounding white space is removed.
         * @example Ada Customer
         */
        Name: string;
        /** @description Staff's announcement of a file. */
        NewImage: {
            /** @description What it shows, for those who do not see it. */
            alt: components["schemas"]["AltText"];
            /** @description Its length, up to 10 MiB. */
            bytes: number;
            /** @description Its type, which its content must be of. */
            content_type: components["schemas"]["ImageType"];
            /** @description The SHA-256 of its content: 64 hexadecimal digits in lower case. */
            sha256: components["schemas"]["FileHash"];
        };
        /** @description Staff's announcement of a file to import. */
        NewImport: {
            /** @description Its length, up to 50 MiB. */
            bytes: number;
            /**
             * @description Whether to report what would change, and change nothing.
             * @default false
             */
            dry_run?: boolean;
            /** @description Its form. */
            format: components["schemas"]["FileFormat"];
            /** @description The SHA-256 of its content: 64 hexadecimal digits in lower case. */
            sha256: components["schemas"]["FileHash"];
        };
        /** @description A note about an order. */
        NewNote: {
            /** @description Whether the customer sees it, and gets a mail with it. */
            public?: boolean;
            /** @description What is noted. */
            text: components["schemas"]["NoteText"];
        };
        /**
         * Format: password
         * @description A password. Common passwords are rejected.
         */
        NewPassword: string;
        /** @description A price that is valid now. */
        NewPrice: {
            /** @description What one piece costs now. */
            effective: components["schemas"]["Money"];
            /** @description The lowest price in the 30 days before the reduction, if there is one: a reduction is announced against it. */
            lowest_30_days?: components["schemas"]["Money"] | null;
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /**
             * Format: date-time
             * @description When it was asked for, and took effect.
             */
            valid_from: string;
        };
        /** @description An admin's request to create a product. */
        NewProduct: {
            /** @description Its properties, in the order in which they are shown. */
            attributes?: components["schemas"]["AttributesInput"];
            /** @description The category that it is listed in. */
            category: components["schemas"]["Slug"];
            /** @description Its description. */
            description: components["schemas"]["Description"];
            /** @description Who makes it. */
            manufacturer?: components["schemas"]["EconomicOperatorInput"] | null;
            /** @description Who answers for it in the European Union, if its manufacturer is not there. */
            responsible_person?: components["schemas"]["EconomicOperatorInput"] | null;
            /** @description The human-readable part of its address. */
            slug: components["schemas"]["Slug"];
            /** @description Whether customers see it. */
            status: components["schemas"]["ProductStatus"];
            /** @description Its title. */
            title: components["schemas"]["Title"];
            /** @description Its variants, 1 to 50. */
            variants: components["schemas"]["NewVariant"][];
        };
        /** @description A new reduction. */
        NewSale: {
            /** @description The reduced price of one piece, tax included. */
            price: components["schemas"]["MoneyInput"];
            /**
             * Format: date-time
             * @description When it ends.
             */
            until: string;
        };
        /** @description A variant of a new product. */
        NewVariant: {
            /** @description What one piece contains, if it is sold by weight, volume or length. */
            content?: components["schemas"]["ContentInput"] | null;
            /** @description What tax, carriers and the law of withdrawal ask about one piece. */
            goods?: components["schemas"]["GoodsInput"];
            /** @description The price of one piece, tax included. */
            price: components["schemas"]["MoneyInput"];
            /** @description Its unit of stock. */
            sku: components["schemas"]["Sku"];
            /**
             * @description The tax that the price contains.
             * @default 0
             */
            tax_rate?: components["schemas"]["TaxRate"];
            /** @description Distinguishes it from the product's other variants: `Blue, 250 ml`. */
            title: components["schemas"]["Title"];
        };
        /**
         * @description A note for the staff, in one line. Surrounding white space is removed.
         * @example Agencia Tributaria, 2026-11-01
         */
        Note: string;
        /**
         * @description What the staff note about an order; several lines are allowed. Surrounding white space is removed.
         * @example The customer called: ring twice.
         */
        NoteText: string;
        /** @description A link to an order, from a mail. */
        OpenOrderLink: {
            /** @description The token in the link's fragment. */
            token: string;
        };
        /** @description The order, and the session in which it is seen. */
        OpenedLink: {
            /** @description The token to send as `Authorization: Bearer …`. */
            access_token: string;
            /** @description What this client is recognised by when the user signs in again. Only in the reply to signing in. */
            device_token?: string | null;
            /**
             * Format: int64
             * @description Lifetime of the access token in seconds.
             */
            expires_in: number;
            /** @description Whether the user is a guest. */
            guest?: boolean;
            /** @description The guest whose orders the account now has, if `guest_refresh_token` was a guest's. `POST /cart/merge` with this access token makes the guest's cart the account's at once. */
            merged_from?: components["schemas"]["UserId"] | null;
            /** @description The order. */
            order_id: components["schemas"]["OrderId"];
            /** @description The token to get the next pair with, once. */
            refresh_token: string;
            /** @description Always `Bearer`. */
            token_type: string;
            /** @description The signed-in user. */
            user_id: components["schemas"]["UserId"];
        };
        /**
         * @description A name, a postal address or an electronic address, in one line. Surrounding white space is removed.
         * @example Alfarería Ruiz S.L.
         */
        OperatorLine: string;
        /** @description An order. Its lines and address are copies made when it was placed. */
        Order: {
            /** @description The address on the invoice, if it is another. */
            billing_address?: components["schemas"]["Address"] | null;
            /** @description How far its money is captured, if that is done parcel by parcel. */
            capturing?: components["schemas"]["Capturing"] | null;
            /** @description What promotions took off. */
            discounts?: components["schemas"]["Discount"][];
            /** @description What its customer has claimed back through their bank. */
            disputes?: components["schemas"]["OrderDispute"][];
            /**
             * Format: date-time
             * @description The payment deadline.
             */
            held_until: string;
            /** @description What was ordered. */
            lines: components["schemas"]["PricedLine"][];
            /** @description What the customer wanted to say. */
            note?: components["schemas"]["CartNote"] | null;
            /** @description Its number, for people. Orders of earlier versions have none. */
            number?: components["schemas"]["OrderNumber"] | null;
            /** @description Its id. */
            order_id: components["schemas"]["OrderId"];
            /**
             * Format: date-time
             * @description When it was paid, all of it. Orders that earlier versions confirmed do not say.
             */
            paid_at?: string | null;
            /** @description The latest attempt to pay, from 1. It is left out for the first. */
            payment_attempt?: number;
            /** @description The payment's id in the payment service; the payment may not exist yet. */
            payment_id: components["schemas"]["PaymentId"];
            /** @description The payment's status. */
            payment_status: components["schemas"]["OrderPaymentStatus"];
            /**
             * Format: date-time
             * @description When it was placed.
             */
            placed_at: string;
            /** @description How far each line has come, of which anything was shipped. */
            progress?: components["schemas"]["LineProgress"][];
            /** @description The codes that it uses up. If it ends unpaid, they can be used again. */
            redemptions?: components["schemas"]["Redemption"][];
            /** @description What was refunded of it, or is to be. */
            refunds?: components["schemas"]["OrderRefund"][];
            /**
             * Format: date-time
             * @description When the last pieces that were left to ship were cancelled; none if they were shipped. Earlier versions have not recorded it.
             */
            rest_cancelled_at?: string | null;
            /** @description What its customer sends back of it, or has sent back. */
            returns?: components["schemas"]["OrderReturn"][];
            /** @description Shipping, if the order is shipped for a price. */
            shipping?: components["schemas"]["QuotedShipping"] | null;
            /** @description The delivery address. */
            shipping_address: components["schemas"]["Address"];
            /** @description The order's status. */
            status: components["schemas"]["OrderStatus"];
            /**
             * Format: date-time
             * @description When its stock turned out to have gone to other orders, after a part of it had been shipped.
             */
            stock_lost_at?: string | null;
            /** @description The tax that the total contains. */
            tax: components["schemas"]["Money"];
            /** @description Whether the tax was added to the prices, which do not contain it. */
            tax_added?: boolean;
            /** @description The tax by jurisdiction and rate. */
            tax_lines?: components["schemas"]["TaxLine"][];
            /** @description The terms that the customer accepted. */
            terms_version?: components["schemas"]["Label"] | null;
            /** @description The price of the whole order, tax included. */
            total: components["schemas"]["Money"];
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /** @description The customer. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description A dispute of the order's payment: its customer claims money back through their bank. */
        OrderDispute: {
            /** @description The disputed amount; of a lost dispute, what the bank has taken. */
            amount: components["schemas"]["Money"];
            /** @description Its id. */
            dispute_id: components["schemas"]["DisputeId"];
            /** @description Its status. */
            status: components["schemas"]["OrderDisputeStatus"];
        };
        /**
         * @description The status of a dispute.
         *
         *     - `open`: The customer's bank has taken the money, and has decided nothing. Nothing can be refunded.
         *     - `won`: The shop keeps the money.
         *     - `lost`: The customer has the money.
         * @enum {string}
         */
        OrderDisputeStatus: "open" | "won" | "lost";
        /**
         * @description What happened to an order.
         *
         *     - `placed`: It was placed.
         *     - `authorized`: Its money was authorised, and is captured parcel by parcel.
         *     - `captured`: Money was captured for what was shipped.
         *     - `capture_failed`: Authorised money could not be captured.
         *     - `paid`: It was paid.
         *     - `payment_failed`: A payment was declined.
         *     - `paid_too_late`: Money arrived after it had ended, or too late for it. It is refunded.
         *     - `cancelled`: It was cancelled.
         *     - `out_of_stock`: It was cancelled, because its pieces had gone to other orders.
         *     - `stock_lost`: Its pieces had gone to other orders, after some of them were shipped.
         *     - `lines_cancelled`: Some of its pieces were cancelled.
         *     - `expired`: It was not paid in time.
         *     - `shipped`: A parcel was handed over to the carrier.
         *     - `delivered`: A parcel has arrived.
         *     - `refund_requested`: Money is to be paid back.
         *     - `refund_succeeded`: Money was paid back.
         *     - `refund_failed`: Money could not be paid back, or is not owed any more.
         *     - `return_requested`: The customer sends something back, or wants to.
         *     - `return_accepted`: The staff have accepted a return.
         *     - `return_refused`: The staff have refused a return.
         *     - `return_received`: What was sent back has arrived.
         *     - `disputed`: The customer claims money back through their bank.
         *     - `dispute_won`: The bank has decided for the shop.
         *     - `dispute_lost`: The bank has decided for the customer.
         *     - `reowned`: A guest's order has become an account's.
         *     - `note`: The staff have noted something.
         * @enum {string}
         */
        OrderHappening: "placed" | "authorized" | "captured" | "capture_failed" | "paid" | "payment_failed" | "paid_too_late" | "cancelled" | "out_of_stock" | "stock_lost" | "lines_cancelled" | "expired" | "shipped" | "delivered" | "refund_requested" | "refund_succeeded" | "refund_failed" | "return_requested" | "return_accepted" | "return_refused" | "return_received" | "disputed" | "dispute_won" | "dispute_lost" | "reowned" | "note";
        /** @description What is told of something beside that it happened. */
        OrderHappeningDetails: {
            /** @description The money that it is about. */
            amount?: components["schemas"]["Money"] | null;
            /** @description Its carrier. */
            carrier?: components["schemas"]["Label"] | null;
            /** @description The pieces that it is about. */
            lines?: components["schemas"]["Line"][];
            /** @description Why, in the words of whoever did it. */
            reason?: components["schemas"]["Note"] | null;
            /** @description The refund. */
            refund_id?: components["schemas"]["RefundId"] | null;
            /** @description The return. */
            return_id?: components["schemas"]["ReturnId"] | null;
            /** @description The parcel. */
            shipment_id?: components["schemas"]["ShipmentId"] | null;
            /** @description The text of a note. */
            text?: components["schemas"]["NoteText"] | null;
            /** @description Whose the order was before. */
            user_id?: components["schemas"]["UserId"] | null;
        };
        /**
         * @description An order; derived from the customer and the Idempotency-Key, so every retry refers to the same order.
         * @example ord_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        OrderId: string;
        /**
         * @description The number of an order, for people.
         * @example X60W-P2C2M
         */
        OrderNumber: string;
        /**
         * @description The status of an order's payment. Separate from `OrderStatus`, since money can move after an order has ended.
         *
         *     - `pending`: No outcome is known yet.
         *     - `action_required`: The customer has to confirm with their bank.
         *     - `failed`: Declined.
         *     - `authorized`: Authorised, and captured parcel by parcel. A part of it may be captured.
         *     - `captured`: Captured.
         *     - `refunded`: Refunded.
         *     - `refund_failed`: The refund could not be delivered. The customer is still owed the money.
         * @enum {string}
         */
        OrderPaymentStatus: "pending" | "action_required" | "failed" | "authorized" | "captured" | "refunded" | "refund_failed";
        /** @description A refund of a part of an order's money, or of all of it. */
        OrderRefund: {
            /** @description The amount. */
            amount: components["schemas"]["Money"];
            /** @description The pieces that it is for, if it is for pieces. */
            lines?: components["schemas"]["RefundedLine"][];
            /** @description Why it was granted, or what was deducted for; none for the money of an order that has ended, and of a return without a deduction. */
            reason?: components["schemas"]["Note"] | null;
            /** @description Its id. */
            refund_id: components["schemas"]["RefundId"];
            /**
             * Format: date-time
             * @description When it was granted, or first heard of.
             */
            requested_at: string;
            /**
             * Format: date-time
             * @description When it succeeded or failed.
             */
            settled_at?: string | null;
            /** @description What it contains of the price of shipping. */
            shipping?: components["schemas"]["Money"] | null;
            /** @description What became of it. */
            status: components["schemas"]["OrderRefundStatus"];
        };
        /**
         * @description What became of a refund.
         *
         *     - `requested`: The payment service is to pay it back.
         *     - `succeeded`: The money is on its way to the customer.
         *     - `failed`: It was not paid back. Its money can be refunded otherwise, and of an order that has ended it goes back with the rest.
         * @enum {string}
         */
        OrderRefundStatus: "requested" | "succeeded" | "failed";
        /** @description A return of pieces of an order. */
        OrderReturn: {
            /**
             * Format: date-time
             * @description When the customer's declaration was received.
             */
            acknowledged_at: string;
            /**
             * Format: date-time
             * @description When the staff decided, if it was theirs to decide.
             */
            decided_at?: string | null;
            /** @description What was deducted from the price. */
            deduction?: components["schemas"]["Deduction"] | null;
            /** @description Why the goods are sent back. */
            kind: components["schemas"]["ReturnKind"];
            /** @description What is to come back. */
            lines: components["schemas"]["Line"][];
            /** @description What the customer wanted to say. */
            note?: components["schemas"]["CartNote"] | null;
            /** @description Why they decided so. */
            reason?: components["schemas"]["Note"] | null;
            /** @description What came back. */
            received?: components["schemas"]["ReturnedLine"][];
            /**
             * Format: date-time
             * @description When it came back.
             */
            received_at?: string | null;
            /**
             * Format: date-time
             * @description By when the money is to be paid back.
             */
            refund_due_at: string;
            /** @description The refund, if money was left to refund. */
            refund_id?: components["schemas"]["RefundId"] | null;
            /** @description Its id. */
            return_id: components["schemas"]["ReturnId"];
            /**
             * Format: date-time
             * @description By when the customer is to send the goods, if they are.
             */
            send_by?: string | null;
            /** @description How far it is. */
            status: components["schemas"]["OrderReturnStatus"];
        };
        /**
         * @description How far a return is.
         *
         *     - `requested`: The staff decide whether the shop takes the goods back.
         *     - `accepted`: The customer sends the goods back.
         *     - `refused`: The shop does not take the goods back.
         *     - `received`: The goods came back.
         *     - `order_cancelled`: Nothing had been shipped, so the order was cancelled, and nothing is sent back.
         * @enum {string}
         */
        OrderReturnStatus: "requested" | "accepted" | "refused" | "received" | "order_cancelled";
        /**
         * @description The status of an order.
         *
         *     - `awaiting_payment`: Stock is held; no payment outcome is known yet.
         *     - `payment_failed`: The payment was declined. Stock is held, and the customer can pay with another payment method.
         *     - `confirmed`: Paid, or authorised to be captured parcel by parcel.
         *     - `cancelled`: Cancelled by the customer, or because its stock is gone.
         *     - `expired`: Not paid in time.
         * @enum {string}
         */
        OrderStatus: "awaiting_payment" | "payment_failed" | "confirmed" | "cancelled" | "expired";
        /** @description An order, with what follows from it and the included resources. */
        OrderView: {
            /** @description The address on the invoice, if it is another. */
            billing_address?: components["schemas"]["Address"] | null;
            /** @description What its customer can do, so that a page needs no rules of its own. In `GET /orders/{order_id}` alone. */
            can?: components["schemas"]["Can"] | null;
            /** @description How far its money is captured, if that is done parcel by parcel. */
            capturing?: components["schemas"]["Capturing"] | null;
            /** @description What promotions took off. */
            discounts?: components["schemas"]["Discount"][];
            /** @description What its customer has claimed back through their bank. */
            disputes?: components["schemas"]["OrderDispute"][];
            /** @description How far it has come on its way to the customer. */
            fulfillment_status: components["schemas"]["FulfillmentStatus"];
            /**
             * Format: date-time
             * @description The payment deadline.
             */
            held_until: string;
            /** @description Its invoices and credit notes, oldest first, if requested with `?expand=invoices`. */
            invoices?: components["schemas"]["InvoiceEntry"][] | null;
            /** @description What was ordered. */
            lines: components["schemas"]["PricedLine"][];
            /** @description What was authorised for pieces that were cancelled, and is not captured. */
            not_captured?: components["schemas"]["Money"] | null;
            /** @description What the customer wanted to say. */
            note?: components["schemas"]["CartNote"] | null;
            /** @description Its number, for people. Orders of earlier versions have none. */
            number?: components["schemas"]["OrderNumber"] | null;
            /** @description Its id. */
            order_id: components["schemas"]["OrderId"];
            /**
             * Format: date-time
             * @description When it was paid, all of it. Orders that earlier versions confirmed do not say.
             */
            paid_at?: string | null;
            /** @description The latest attempt to pay, from 1. It is left out for the first. */
            payment_attempt?: number;
            /** @description The payment's id in the payment service; the payment may not exist yet. */
            payment_id: components["schemas"]["PaymentId"];
            /** @description How far its money is. */
            payment_state: components["schemas"]["PaymentState"];
            /** @description The payment's status. */
            payment_status: components["schemas"]["OrderPaymentStatus"];
            /**
             * Format: date-time
             * @description When it was placed.
             */
            placed_at: string;
            /** @description How far each line has come, of which anything was shipped. */
            progress?: components["schemas"]["LineProgress"][];
            /** @description The codes that it uses up. If it ends unpaid, they can be used again. */
            redemptions?: components["schemas"]["Redemption"][];
            /** @description What was refunded of it, or is to be. */
            refunds?: components["schemas"]["OrderRefund"][];
            /**
             * Format: date-time
             * @description When the last pieces that were left to ship were cancelled; none if they were shipped. Earlier versions have not recorded it.
             */
            rest_cancelled_at?: string | null;
            /** @description How far its returns are. */
            return_status: components["schemas"]["ReturnStatus"];
            /** @description What its customer sends back of it, or has sent back. */
            returns?: components["schemas"]["OrderReturn"][];
            /** @description Its parcels, oldest first, if requested with `?expand=shipments`. */
            shipments?: components["schemas"]["ShipmentEntry"][] | null;
            /** @description Shipping, if the order is shipped for a price. */
            shipping?: components["schemas"]["QuotedShipping"] | null;
            /** @description The delivery address. */
            shipping_address: components["schemas"]["Address"];
            /** @description The order's status. */
            status: components["schemas"]["OrderStatus"];
            /**
             * Format: date-time
             * @description When its stock turned out to have gone to other orders, after a part of it had been shipped.
             */
            stock_lost_at?: string | null;
            /** @description The tax that the total contains. */
            tax: components["schemas"]["Money"];
            /** @description Whether the tax was added to the prices, which do not contain it. */
            tax_added?: boolean;
            /** @description The tax by jurisdiction and rate. */
            tax_lines?: components["schemas"]["TaxLine"][];
            /** @description The terms that the customer accepted. */
            terms_version?: components["schemas"]["Label"] | null;
            /** @description What happened to it, oldest first, if requested with `?expand=timeline`: to the customer what is public, to the staff everything. */
            timeline?: components["schemas"]["TimelineEntry"][] | null;
            /** @description The price of the whole order, tax included. */
            total: components["schemas"]["Money"];
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /** @description The customer, if requested with `?expand=user`. */
            user?: components["schemas"]["Customer"] | null;
            /** @description The customer. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description What is known of a parcel when it is handed over to the carrier. */
        Parcel: {
            /** @description Whether it is shipped although the customer claims the money back through their bank. */
            although_disputed?: boolean;
            /** @description The carrier, for people. */
            carrier: components["schemas"]["Label"];
            /** @description What is in it; everything that is left, if it is left out. */
            lines?: components["schemas"]["Lines"] | null;
            /** @description The carrier's number for it. */
            tracking_number?: components["schemas"]["TrackingNumber"] | null;
            /** @description The carrier's page about it. */
            tracking_url?: components["schemas"]["TrackingUrl"] | null;
        };
        /** @description What a page needs so that its customer confirms a payment. It is secret: a client that has it can act for the customer. */
        PaymentAction: {
            /** @description What `stripe.handleNextAction` needs. */
            client_secret: string;
            /**
             * Format: date-time
             * @description Until when the order can be paid.
             */
            held_until?: string | null;
            /** @description The key that Stripe's script needs, if the shop has one. */
            publishable_key?: string | null;
            /** @description The page on which the customer confirms, if it can be opened without Stripe's script. It leads back to `return_url`. */
            redirect_url?: string | null;
            /** @description The page of the order, to which the customer returns. */
            return_url: string;
            /** @description The payment gateway's kind. */
            type: components["schemas"]["ActionKind"];
        };
        /**
         * @description The payment of one order; derived from the order.
         * @example pay_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        PaymentId: string;
        /**
         * @description The payment gateway's token for a payment method: `pm_card_visa`. Card numbers are refused.
         * @example pm_card_visa
         */
        PaymentMethod: string;
        /** @description How a shop's pages take payment methods. */
        PaymentPages: {
            /** @description The key that Stripe's script needs, if the shop has one. */
            publishable_key?: string | null;
            /** @description Whether pages offer test payment methods instead: nobody pays in a shop for development. */
            test_cards: boolean;
        };
        /**
         * @description What has become of an order's money, after what can happen to it once it is captured.
         *
         *     - `pending`: No outcome is known yet.
         *     - `action_required`: The customer has to confirm with their bank.
         *     - `failed`: Declined.
         *     - `authorized`: Authorised, and captured parcel by parcel. Nothing is captured yet.
         *     - `partially_captured`: Authorised, and captured in part, for what was shipped.
         *     - `released`: It was authorised, and nothing was or will be captured, since the order has ended, or only free goods of it were sent.
         *     - `capture_failed`: It was authorised, and a part of it, or all, could not be captured and will not be.
         *     - `captured`: Captured.
         *     - `partially_refunded`: Captured, and a part was refunded.
         *     - `refunded`: Refunded.
         *     - `refund_failed`: The refund could not be delivered. The customer is still owed the money.
         *     - `disputed`: The customer claims money back through their bank, which has not decided.
         *     - `lost`: The customer has got money back through their bank.
         *     - `unknown`: A state of a newer version.
         * @enum {string}
         */
        PaymentState: "pending" | "action_required" | "failed" | "authorized" | "partially_captured" | "released" | "capture_failed" | "captured" | "partially_refunded" | "refunded" | "refund_failed" | "disputed" | "lost" | "unknown";
        /**
         * @description The status of a payment.
         *
         *     - `pending`: The attempt is at the gateway, and its outcome is not known.
         *     - `action_required`: The customer has to confirm with their bank.
         *     - `authorized`: The money is authorised, and captured parcel by parcel. A part of it may be captured.
         *     - `captured`: The money is captured.
         *     - `failed`: The attempt was declined.
         *     - `voided`: The order ended, or the authorisation did, and nothing was captured.
         *     - `refunded`: The captured money is refunded.
         *     - `refund_failed`: The gateway could not deliver the refund. The customer is still owed the money.
         * @enum {string}
         */
        PaymentStatus: "pending" | "action_required" | "authorized" | "captured" | "failed" | "voided" | "refunded" | "refund_failed";
        /** @description A payment, without the internals of the gateway. */
        PaymentView: {
            /** @description The amount to capture. */
            amount: components["schemas"]["Money"];
            /** @description The number of the latest attempt, from 1. */
            attempt: number;
            /** @description The captured amount. */
            captured: components["schemas"]["Money"];
            /**
             * Format: date-time
             * @description Creation time.
             */
            created_at: string;
            /** @description Why the payment was declined, if it was. */
            decline_code?: components["schemas"]["DeclineReason"] | null;
            /** @description The order being paid. */
            order_id: components["schemas"]["OrderId"];
            /** @description Its id. */
            payment_id: components["schemas"]["PaymentId"];
            /** @description The refunded part of the captured amount. */
            refunded: components["schemas"]["Money"];
            /** @description The payment's status. */
            status: components["schemas"]["PaymentStatus"];
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
            /** @description The customer. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description A payout, as admins see it. */
        PayoutView: {
            /**
             * Format: int64
             * @description The amount in minor units of the currency; negative if it was taken from the bank account.
             */
            amount: number;
            /**
             * Format: date-time
             * @description When all of it was posted.
             */
            completed_at?: string | null;
            /** @description The currency. */
            currency: components["schemas"]["Currency"];
            /**
             * Format: date-time
             * @description When the shop learnt of it.
             */
            found_at: string;
            /** @description The payment gateway's id for it, by which its dashboard finds it. */
            gateway_id: string;
            /** @description Whether the gateway lists what it consists of. One that was ordered by hand is posted as one sum. */
            is_itemised: boolean;
            /** @description How many of its transactions are not what the shop's books have. */
            mismatches: number;
        };
        /**
         * Format: int32
         * @description A number of pieces that are paid for, or free.
         * @example 1
         */
        Pieces: number;
        /** @description A customer's request to place an order. The product service sets the prices. */
        PlaceOrder: {
            /** @description The address on the invoice, if it is another. */
            billing_address?: components["schemas"]["AddressInput"] | null;
            /** @description The codes of promotions. */
            codes?: components["schemas"]["PromotionCodes"];
            /** @description How a guest is reached, who has to send it. A user with an account is reached at the account's address. */
            contact?: components["schemas"]["GivenContact"] | null;
            /** @description The currency in which the prices were shown to the customer. */
            currency: components["schemas"]["Currency"];
            /** @description The total that the customer was shown. At another one, nothing is ordered. */
            expected_total?: components["schemas"]["MoneyInput"] | null;
            /** @description SKUs and quantities. */
            lines: components["schemas"]["Lines"];
            /** @description The payment gateway's token to charge. Either this or `saved_method` is needed. */
            payment_method?: components["schemas"]["PaymentMethod"] | null;
            /** @description A payment method that the customer has saved. */
            saved_method?: components["schemas"]["PaymentMethod"] | null;
            /** @description The delivery address. */
            shipping_address: components["schemas"]["AddressInput"];
            /** @description The way of shipping, in a shop that ships for a price. */
            shipping_method?: components["schemas"]["SettingId"] | null;
        };
        /** @description What the shop grants its customers. */
        Policies: {
            /** @description Whether a paid order may be cancelled before it is shipped. */
            customer_may_cancel: boolean;
            /** @description How many days after delivery goods may be returned without giving a reason. */
            return_days: number;
            /** @description The version of the terms that have to be accepted to order, if any. */
            terms_version?: components["schemas"]["Label"] | null;
        };
        /** @description What the shop grants its customers and its staff. */
        Policy: {
            /**
             * @description After how many days goods count as delivered if the carrier does not say.
             * @default 7
             */
            assume_delivered_days: number;
            /** @description When the money of orders is captured. An order keeps the mode in which it was placed. */
            capture?: components["schemas"]["CaptureMode"];
            /**
             * @description Whether customers may cancel a paid order before it is shipped.
             * @default true
             */
            customer_may_cancel: boolean;
            /**
             * @description How many days after delivery customers may return goods without giving a reason. The law's least in the European Union is 14 (Directive 2011/83/EU, Article 9).
             * @default 14
             */
            return_days: number;
            /**
             * @description Up to which amount staff refund without an admin, in minor units of the order's currency.
             * @default 20000
             */
            staff_refund_limit: number;
            /** @description The version of the terms that customers have to accept when they order, if any. */
            terms_version?: components["schemas"]["Label"] | null;
        };
        /** @description What the shop grants its customers and its staff. */
        PolicyInput: {
            /**
             * @description After how many days goods count as delivered if the carrier does not say.
             * @default 7
             */
            assume_delivered_days?: number;
            /** @description When the money of orders is captured. An order keeps the mode in which it was placed. */
            capture?: components["schemas"]["CaptureMode"];
            /**
             * @description Whether customers may cancel a paid order before it is shipped.
             * @default true
             */
            customer_may_cancel?: boolean;
            /**
             * @description How many days after delivery customers may return goods without giving a reason. The law's least in the European Union is 14 (Directive 2011/83/EU, Article 9).
             * @default 14
             */
            return_days?: number;
            /**
             * @description Up to which amount staff refund without an admin, in minor units of the order's currency.
             * @default 20000
             */
            staff_refund_limit?: number;
            /** @description The version of the terms that customers have to accept when they order, if any. */
            terms_version?: components["schemas"]["Label"] | null;
        };
        /**
         * Format: int32
         * @description A rate in parts per million: 210000 is 21 %.
         * @example 210000
         */
        Ppm: number;
        /** @description A change of a SKU's price. */
        PriceChange: {
            /** @description The price after. */
            after: components["schemas"]["PriceTag"];
            /** @description The price before, which the first change of a SKU tells as well. */
            before: components["schemas"]["PriceTag"];
            /** @description Its id. */
            change_id: components["schemas"]["ProductChangeId"];
            /** @description The staff member. */
            changed_by: components["schemas"]["UserId"];
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /**
             * Format: date-time
             * @description When it was made, and took effect.
             */
            valid_from: string;
        };
        /** @description A range of prices in one currency. */
        PriceSpan: {
            /** @description The highest price. */
            max: components["schemas"]["Money"];
            /** @description The lowest price. */
            min: components["schemas"]["Money"];
        };
        /** @description The price of a SKU, with its reduction. */
        PriceTag: {
            /** @description The price of one piece without the reduction, tax included. */
            price: components["schemas"]["Money"];
            /** @description The reduction, which may have ended. */
            sale?: components["schemas"]["Sale"] | null;
        };
        /** @description A line with the catalogue's data at the time of reservation. */
        PricedLine: {
            /** @description What promotions took off. */
            discount?: components["schemas"]["Money"] | null;
            /** @description What tax, carriers and the law of withdrawal asked about one piece at that time. */
            goods?: components["schemas"]["Goods"];
            /** @description The number of pieces. */
            quantity: components["schemas"]["Quantity"];
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /** @description The tax that the total contains, or that is added to it, rounded half up per line. */
            tax: components["schemas"]["Money"];
            /** @description The rate of the tax in parts per million, once it is known where the line is sent. */
            tax_rate?: components["schemas"]["Ppm"] | null;
            /** @description The title at that time. */
            title: components["schemas"]["Title"];
            /** @description Quantity × unit price, less the discount. */
            total: components["schemas"]["Money"];
            /** @description The price of one piece at that time, tax included. */
            unit_price: components["schemas"]["Money"];
        };
        /** @description A problem reply (RFC 9457). */
        Problem: {
            /** @description The stable code of the problem, for programs. */
            code: string;
            /** @description A description of this occurrence of the problem. */
            detail: string;
            /** @description The errors in the request body. */
            errors?: components["schemas"]["FieldError"][];
            /** @description The id of the request. Include it in support requests. */
            request_id: string;
            /** @description The HTTP status. */
            status: number;
            /** @description The text of the HTTP status. */
            title: string;
            /** @description A URI that identifies the problem type and ends in its code. */
            type: string;
        };
        /** @description A product of the catalogue. */
        Product: {
            /** @description Its properties, in the order in which they are shown. */
            attributes?: components["schemas"]["Attributes"];
            /** @description The category that it is listed in. */
            category: components["schemas"]["Slug"];
            /**
             * Format: date-time
             * @description Creation time.
             */
            created_at: string;
            /** @description Its description. */
            description: components["schemas"]["Description"];
            /** @description Its pictures, the most important one first. */
            images?: components["schemas"]["Image"][];
            /** @description Who makes it. */
            manufacturer?: components["schemas"]["EconomicOperator"] | null;
            /** @description Its id. */
            product_id: components["schemas"]["ProductId"];
            /** @description Who answers for it in the European Union, if its manufacturer is not there. */
            responsible_person?: components["schemas"]["EconomicOperator"] | null;
            /** @description The human-readable part of its address. */
            slug: components["schemas"]["Slug"];
            /** @description Whether customers see it. */
            status: components["schemas"]["ProductStatus"];
            /** @description Its title. */
            title: components["schemas"]["Title"];
            /** @description Its variants. */
            variants: components["schemas"]["Variant"][];
        };
        /** @description A product among others. */
        ProductCard: {
            /** @description The category that it is listed in. */
            category: components["schemas"]["Slug"];
            /** @description The price of its most expensive variant, tax included. */
            highest_price: components["schemas"]["Money"];
            /** @description Its first picture. */
            image?: components["schemas"]["Image"] | null;
            /** @description Whether one of its variants could be ordered when the catalogue was indexed, at most some minutes ago. */
            in_stock: boolean;
            /** @description The price of its cheapest variant, tax included. */
            price: components["schemas"]["Money"];
            /** @description Its id. */
            product_id: components["schemas"]["ProductId"];
            /** @description The human-readable part of its address. */
            slug: components["schemas"]["Slug"];
            /** @description Its title. */
            title: components["schemas"]["Title"];
        };
        /**
         * @description A change of a product.
         * @example chg_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        ProductChangeId: string;
        /** @description What to change of a product: a JSON merge patch (RFC 7396). Nothing can be removed, so `null` is refused. */
        ProductEdit: {
            /** @description Its properties, in the order in which they are shown. Those that are not named are removed. */
            attributes?: components["schemas"]["AttributesInput"];
            /** @description The category that it is listed in. */
            category?: components["schemas"]["Slug"];
            /** @description Its description. */
            description?: components["schemas"]["Description"];
            /** @description Its pictures, in their order. Those that are not named are removed, and their files are deleted a month later. */
            images?: components["schemas"]["ImageEdit"][];
            /** @description Who makes it. */
            manufacturer?: components["schemas"]["EconomicOperatorInput"];
            /** @description Who answers for it in the European Union, if its manufacturer is not there. */
            responsible_person?: components["schemas"]["EconomicOperatorInput"];
            /** @description The human-readable part of its address. The one before keeps leading to the product. */
            slug?: components["schemas"]["Slug"];
            /** @description Whether customers see it. Orders that were placed stay as they are. */
            status?: components["schemas"]["ProductStatus"];
            /** @description Its title. */
            title?: components["schemas"]["Title"];
        };
        /**
         * @description A product of the catalogue.
         * @example prd_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        ProductId: string;
        /**
         * @description Whether customers see a product.
         *
         *     - `draft`: In preparation. Only staff see it, and nobody can order it.
         *     - `active`: For sale.
         *     - `archived`: No longer for sale. Orders still refer to it.
         * @enum {string}
         */
        ProductStatus: "draft" | "active" | "archived";
        /** @description A product as shown to customers. */
        ProductView: {
            /** @description Its properties, in the order in which they are shown. */
            attributes?: components["schemas"]["Attributes"];
            /** @description The category that it is listed in. */
            category: components["schemas"]["Slug"];
            /**
             * Format: date-time
             * @description Creation time.
             */
            created_at: string;
            /** @description Its description. */
            description: components["schemas"]["Description"];
            /** @description Its pictures, the most important one first. */
            images?: components["schemas"]["Image"][];
            /** @description Who makes it. */
            manufacturer?: components["schemas"]["EconomicOperator"] | null;
            /** @description Its id. */
            product_id: components["schemas"]["ProductId"];
            /** @description Who answers for it in the European Union, if its manufacturer is not there. */
            responsible_person?: components["schemas"]["EconomicOperator"] | null;
            /** @description The human-readable part of its address. */
            slug: components["schemas"]["Slug"];
            /** @description Its title. */
            title: components["schemas"]["Title"];
            /** @description Its variants, without those that are retired. */
            variants: components["schemas"]["VariantView"][];
        };
        /** @description A promotion, as the staff see it. */
        Promotion: {
            /** @description The amount that `fixed` takes off. */
            amount?: components["schemas"]["Money"] | null;
            /** @description The category that it is about. */
            category?: components["schemas"]["Slug"] | null;
            /**
             * Format: date-time
             * @description When.
             */
            changed_at: string;
            /** @description Who has set it. */
            changed_by: components["schemas"]["UserId"];
            /** @description Its code. */
            code: components["schemas"]["PromotionCode"];
            /**
             * @description Whether others may be used with it.
             * @default false
             */
            combinable: boolean;
            /** @description How many pieces `buy_x_get_y` gives for nothing. */
            free?: components["schemas"]["Pieces"] | null;
            /**
             * Format: date-time
             * @description From when it holds.
             */
            from: string;
            /** @description How many orders may use it. Without a limit, any number. */
            limit?: number | null;
            /** @description The least value of an order's goods, before promotions. */
            min_subtotal?: components["schemas"]["Money"] | null;
            /** @description How many pieces `buy_x_get_y` has paid for. */
            paid?: components["schemas"]["Pieces"] | null;
            /** @description How many orders of one customer may use it. Without a limit, any number. */
            per_customer?: number | null;
            /** @description The part of the price that `percent` takes off: 100,000 is 10 %. */
            rate?: components["schemas"]["Ppm"] | null;
            /** @description The SKU that it is about. */
            sku?: components["schemas"]["Sku"] | null;
            /**
             * @description What it is about.
             * @default order
             */
            target: components["schemas"]["PromotionTarget"];
            /** @description What it does. */
            type: components["schemas"]["PromotionType"];
            /**
             * Format: date-time
             * @description Until when; without an end if there is none.
             */
            until?: string | null;
            /** @description How many orders use it, without those that have ended unpaid. */
            used: number;
            /** @description Its version, for `If-Match`. */
            version: number;
        };
        /**
         * @description A code that customers type, in upper or lower case.
         * @example TEN
         */
        PromotionCode: string;
        /** @description Codes of promotions, at most 3 different ones. */
        PromotionCodes: components["schemas"]["PromotionCode"][];
        /** @description What a promotion does, and when. */
        PromotionRule: {
            /** @description The amount that `fixed` takes off. */
            amount?: components["schemas"]["Money"] | null;
            /** @description The category that it is about. */
            category?: components["schemas"]["Slug"] | null;
            /**
             * @description Whether others may be used with it.
             * @default false
             */
            combinable: boolean;
            /** @description How many pieces `buy_x_get_y` gives for nothing. */
            free?: components["schemas"]["Pieces"] | null;
            /**
             * Format: date-time
             * @description From when it holds.
             */
            from: string;
            /** @description The least value of an order's goods, before promotions. */
            min_subtotal?: components["schemas"]["Money"] | null;
            /** @description How many pieces `buy_x_get_y` has paid for. */
            paid?: components["schemas"]["Pieces"] | null;
            /** @description The part of the price that `percent` takes off: 100,000 is 10 %. */
            rate?: components["schemas"]["Ppm"] | null;
            /** @description The SKU that it is about. */
            sku?: components["schemas"]["Sku"] | null;
            /**
             * @description What it is about.
             * @default order
             */
            target: components["schemas"]["PromotionTarget"];
            /** @description What it does. */
            type: components["schemas"]["PromotionType"];
            /**
             * Format: date-time
             * @description Until when; without an end if there is none.
             */
            until?: string | null;
        };
        /** @description What a promotion does, and when. */
        PromotionRuleInput: {
            /** @description The amount that `fixed` takes off. */
            amount?: components["schemas"]["MoneyInput"] | null;
            /** @description The category that it is about. */
            category?: components["schemas"]["Slug"] | null;
            /**
             * @description Whether others may be used with it.
             * @default false
             */
            combinable?: boolean;
            /** @description How many pieces `buy_x_get_y` gives for nothing. */
            free?: components["schemas"]["Pieces"] | null;
            /**
             * Format: date-time
             * @description From when it holds.
             */
            from: string;
            /** @description The least value of an order's goods, before promotions. */
            min_subtotal?: components["schemas"]["MoneyInput"] | null;
            /** @description How many pieces `buy_x_get_y` has paid for. */
            paid?: components["schemas"]["Pieces"] | null;
            /** @description The part of the price that `percent` takes off: 100,000 is 10 %. */
            rate?: components["schemas"]["Ppm"] | null;
            /** @description The SKU that it is about. */
            sku?: components["schemas"]["Sku"] | null;
            /**
             * @description What it is about.
             * @default order
             */
            target?: components["schemas"]["PromotionTarget"];
            /** @description What it does. */
            type: components["schemas"]["PromotionType"];
            /**
             * Format: date-time
             * @description Until when; without an end if there is none.
             */
            until?: string | null;
        };
        /**
         * @description What a promotion is about.
         *
         *     - `order`: The whole order.
         *     - `category`: Goods of `category` and of those below it.
         *     - `sku`: The SKU `sku`.
         * @enum {string}
         */
        PromotionTarget: "order" | "category" | "sku";
        /**
         * @description What kind of promotion it is.
         *
         *     - `percent`: Takes `rate` off.
         *     - `fixed`: Takes `amount` off, at most the price.
         *     - `free_shipping`: Shipping is free.
         *     - `buy_x_get_y`: Of `paid` + `free` pieces that are bought together, the cheapest `free` cost nothing.
         * @enum {string}
         */
        PromotionType: "percent" | "fixed" | "free_shipping" | "buy_x_get_y";
        /** @description An address to save. */
        PutAddress: {
            /** @description The address. */
            address: components["schemas"]["AddressInput"];
            /**
             * @description Whether bills go to it unless the user says otherwise, in place of the address that was the default. Left out, it is not.
             * @default false
             */
            default_billing?: boolean;
            /**
             * @description Whether orders go to it unless the user says otherwise, in place of the address that was the default. Left out, it is not.
             * @default false
             */
            default_shipping?: boolean;
        };
        /** @description How many pieces the cart is to have. */
        PutCartLine: {
            /** @description The number of pieces, up to 999; 0 removes the line. */
            quantity: components["schemas"]["WantedQuantity"];
        };
        /** @description What a promotion does, when, and how often its code can be used. */
        PutPromotion: {
            /** @description How many orders may use it. Without a limit, any number. */
            limit?: number | null;
            /** @description How many orders of one customer may use it. Without a limit, any number. */
            per_customer?: number | null;
            /** @description What it does, and when. */
            rule: components["schemas"]["PromotionRuleInput"];
        };
        /** @description A setting of the kind that the path names. */
        PutSetting: components["schemas"]["SellerInput"] | components["schemas"]["MarketInput"] | components["schemas"]["TaxRateSettingInput"] | components["schemas"]["ShippingZoneInput"] | components["schemas"]["SeriesInput"] | components["schemas"]["PolicyInput"] | components["schemas"]["FlagInput"] | components["schemas"]["CampaignInput"];
        /** @description The roles to assign. */
        PutStaff: {
            /**
             * @description Whether to remove the second factor, because its owner has lost it, and to end their sessions. They set up another one before their tokens contain roles again.
             * @default false
             */
            reset_second_factor?: boolean;
            /** @description The roles: none, or one of them, since `admin` includes `staff`. */
            roles: components["schemas"]["StaffRole"][];
        };
        /** @description What the variant is to be. */
        PutVariant: {
            /** @description What one piece contains, if it is sold by weight, volume or length. */
            content?: components["schemas"]["ContentInput"] | null;
            /**
             * @description What tax, carriers and the law of withdrawal ask about one piece; ordinary goods by default.
             * @default {}
             */
            goods?: components["schemas"]["GoodsInput"];
            /** @description The price of one piece, tax included. Needed for a new variant; that of an existing one stays, and may be left out. */
            price?: components["schemas"]["MoneyInput"] | null;
            /**
             * @description Whether it is no longer for sale, and not shown to customers.
             * @default false
             */
            retired?: boolean;
            /**
             * @description The tax that the price contains.
             * @default 0
             */
            tax_rate?: components["schemas"]["TaxRate"];
            /** @description Distinguishes it from the product's other variants: `Blue, 250 ml`. */
            title: components["schemas"]["Title"];
        };
        /**
         * Format: int32
         * @description A number of pieces.
         * @example 2
         */
        Quantity: number;
        /**
         * @description What the staff have to do for an order.
         *
         *     - `to_ship`: Pieces are to be shipped.
         *     - `payment_problem`: The pieces that are left to ship have gone to other orders, after others were shipped.
         *     - `return`: Goods come back, or are to be decided about.
         *     - `disputed`: The customer claims money back through their bank, which has not decided.
         * @enum {string}
         */
        Queue: "to_ship" | "payment_problem" | "return" | "disputed";
        /** @description What a cart costs. */
        Quote: {
            /** @description What promotions take off. */
            discounts: components["schemas"]["Discount"][];
            /** @description Shipping, if a way of it is chosen. */
            shipping?: components["schemas"]["QuotedShipping"] | null;
            /** @description The price of the lines before promotions. */
            subtotal: components["schemas"]["Money"];
            /** @description All tax. */
            tax: components["schemas"]["Money"];
            /** @description Whether the total contains the tax because the prices do. */
            tax_included: boolean;
            /** @description The tax by jurisdiction and rate. */
            tax_lines: components["schemas"]["TaxLine"][];
            /** @description What the customer pays. */
            total: components["schemas"]["Money"];
        };
        /** @description The price of shipping. */
        QuotedShipping: {
            /** @description What promotions take off. */
            discount: components["schemas"]["Money"];
            /** @description The way of shipping. */
            method: string;
            /** @description The tax that the total contains, or that is added to it. */
            tax: components["schemas"]["Money"];
            /** @description What remains. */
            total: components["schemas"]["Money"];
        };
        /**
         * @description Why stock was adjusted, in one line. Surrounding white space is removed.
         * @example first delivery
         */
        Reason: string;
        /** @description What came back, and what is deducted from its price. */
        Receipt: {
            /** @description What is deducted, for goods that have lost in value. */
            deduction?: components["schemas"]["DeductionInput"] | null;
            /** @description What came back. */
            lines: components["schemas"]["ReceivedLines"];
        };
        /** @description What came back of each SKU, each SKU once: at least one piece, sold again or not. */
        ReceivedLines: components["schemas"]["ReturnedLineInput"][];
        /** @description What was received, and when. */
        ReceivedStatement: {
            /**
             * Format: date-time
             * @description When it was received first.
             */
            received_at: string;
            /** @description The statement. */
            statement_id: components["schemas"]["ReturnId"];
        };
        /** @description What the user keeps for the day on which the app is lost. `Debug` does not show it. */
        RecoveryCodes: {
            /** @description Ten codes, each good for one sign-in. They are shown this once. */
            recovery_codes: string[];
        };
        /** @description A code that an order has used up. */
        Redemption: {
            /** @description The code. */
            code: components["schemas"]["PromotionCode"];
            /** @description The customer for whom it counts: who has placed the order, even if the order is another account's by now. */
            user_id: components["schemas"]["UserId"];
        };
        /** @description A request to refresh a session. */
        RefreshSession: {
            /** @description The session's newest refresh token. */
            refresh_token: string;
        };
        /**
         * @description A refund of a payment; derived from the payment and its cause.
         * @example ref_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        RefundId: string;
        /** @description What is to be refunded: pieces and shipping, or an amount. */
        RefundRequest: {
            /** @description An amount, instead of pieces and shipping. */
            amount?: components["schemas"]["MoneyInput"] | null;
            /** @description Pieces, each at what it cost. */
            lines?: components["schemas"]["Lines"] | null;
            /**
             * @description Whether it is only computed, and not granted.
             * @default false
             */
            preview?: boolean;
            /** @description Why, for the staff and the customer. */
            reason: components["schemas"]["Note"];
            /**
             * @description Whether shipping is refunded.
             * @default false
             */
            shipping?: boolean;
        };
        /** @description Refunded pieces of one line. */
        RefundedLine: {
            /** @description What they cost, with the tax. */
            amount: components["schemas"]["Money"];
            /** @description The number of pieces. */
            quantity: components["schemas"]["Quantity"];
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /** @description The tax that the amount contains, if the line's rate is known. */
            tax?: components["schemas"]["Money"] | null;
        };
        /** @description A request to create an account. It has no field for roles, and the edge rejects unknown fields. */
        RegisterUser: {
            /** @description The address to sign in with. */
            email: components["schemas"]["Email"];
            /** @description The newest refresh token of a guest's session, whose id and orders the account gets. One that is not valid is ignored. The session ends: `POST /sessions` starts the account's. */
            guest_refresh_token?: string | null;
            /**
             * @description The language that the user reads; English if it is left out.
             * @default en
             */
            locale?: components["schemas"]["Locale"];
            /** @description The user's name. */
            name: components["schemas"]["Name"];
            /** @description The password. */
            password: components["schemas"]["NewPassword"];
        };
        /** @description The proof that it is the user who removes the second factor. */
        RemoveTotp: {
            /** @description A code of the app, or a recovery code. */
            code: string;
        };
        /** @description Either the password, or that the account is to be kept. */
        RequestErasure: {
            /**
             * @description Whether an erasure that was requested is taken back.
             * @default false
             */
            cancel?: boolean;
            /** @description The account's password, to have it erased. */
            password?: string | null;
        };
        /** @description A request for a link. */
        RequestPasswordReset: {
            /** @description The account's address. */
            email: components["schemas"]["Email"];
        };
        /** @description A new password, with the proof of the right to set it. */
        ResetPassword: {
            /** @description The new password. */
            password: components["schemas"]["NewPassword"];
            /** @description The token in the link's fragment. */
            token: string;
        };
        /** @description A customer's request to pay with another payment method. */
        RetryPayment: {
            /** @description The payment gateway's token to charge. Either this or `saved_method` is needed. */
            payment_method?: components["schemas"]["PaymentMethod"] | null;
            /** @description A payment method that the customer has saved. */
            saved_method?: components["schemas"]["PaymentMethod"] | null;
        };
        /** @description A return, and what its customer has to do. */
        ReturnEntry: {
            /**
             * Format: date-time
             * @description When the customer's declaration was received.
             */
            acknowledged_at: string;
            /**
             * Format: date-time
             * @description When the staff decided, if it was theirs to decide.
             */
            decided_at?: string | null;
            /** @description What was deducted from the price. */
            deduction?: components["schemas"]["Deduction"] | null;
            /** @description What the customer has to do, if it is their turn. */
            instructions?: components["schemas"]["Instructions"] | null;
            /** @description Why the goods are sent back. */
            kind: components["schemas"]["ReturnKind"];
            /** @description What is to come back. */
            lines: components["schemas"]["Line"][];
            /** @description What the customer wanted to say. */
            note?: components["schemas"]["CartNote"] | null;
            /** @description The order. */
            order_id: components["schemas"]["OrderId"];
            /** @description Why they decided so. */
            reason?: components["schemas"]["Note"] | null;
            /** @description What came back. */
            received?: components["schemas"]["ReturnedLine"][];
            /**
             * Format: date-time
             * @description When it came back.
             */
            received_at?: string | null;
            /**
             * Format: date-time
             * @description By when the money is to be paid back.
             */
            refund_due_at: string;
            /** @description The refund, if money was left to refund. */
            refund_id?: components["schemas"]["RefundId"] | null;
            /** @description Its id. */
            return_id: components["schemas"]["ReturnId"];
            /**
             * Format: date-time
             * @description By when the customer is to send the goods, if they are.
             */
            send_by?: string | null;
            /** @description How far it is. */
            status: components["schemas"]["OrderReturnStatus"];
        };
        /**
         * @description Goods that a customer sends back; derived from the order and the Idempotency-Key of whoever asks for it, and sorted by time.
         * @example rtn_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        ReturnId: string;
        /** @description What waits in the queue of returns. */
        ReturnItem: components["schemas"]["OrderView"] | components["schemas"]["WithdrawalStatement"];
        /**
         * @description Why goods are sent back.
         *
         *     - `withdrawal`: The customer withdraws from the contract, for no reason that they have to give.
         *     - `defect`: Something is defective.
         * @enum {string}
         */
        ReturnKind: "withdrawal" | "defect";
        /** @description What is to be sent back, and why. */
        ReturnRequest: {
            /** @description That the customer has confirmed it. */
            confirm: components["schemas"]["Confirmed"];
            /** @description Why. */
            kind: components["schemas"]["ReturnKind"];
            /** @description What; everything that can be sent back, if it is left out. */
            lines?: components["schemas"]["Lines"] | null;
            /** @description What the customer wants to say. No reason is needed. */
            note?: components["schemas"]["CartNote"] | null;
        };
        /**
         * @description How far the returns of an order are together.
         *
         *     - `none`: Nothing was sent back, or is to be.
         *     - `requested`: The customer wants to send something back, or is sending it.
         *     - `partially_returned`: Some pieces came back.
         *     - `returned`: All pieces came back.
         * @enum {string}
         */
        ReturnStatus: "none" | "requested" | "partially_returned" | "returned";
        /** @description Returned pieces of one SKU. */
        ReturnedLine: {
            /**
             * @description Pieces that are sold again.
             * @default 0
             */
            restock: number;
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /**
             * @description Pieces that are not.
             * @default 0
             */
            write_off: number;
        };
        /** @description Returned pieces of one SKU. */
        ReturnedLineInput: {
            /**
             * @description Pieces that are sold again.
             * @default 0
             */
            restock?: number;
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /**
             * @description Pieces that are not.
             * @default 0
             */
            write_off?: number;
        };
        /**
         * @description Permissions beyond a user's own data. Roles cannot be requested by the user.
         *
         *     - `admin`: Manages the catalogue, sees every account, and decides who else has a role.
         *     - `staff`: Works in the shop.
         * @enum {string}
         */
        Role: "admin" | "staff";
        /** @description A row that has changed nothing, and why. */
        RowFailure: {
            /** @description A stable code, such as `missing_value`, `invalid_value`, `not_utf8`, `repeated_sku`, `unknown_column`, or that of the refusal of a request that asks for the same, such as `sku_taken` or `free_of_charge`. */
            code: string;
            /** @description The column of a CSV file. */
            column?: string | null;
            /** @description What is wrong, in a sentence. */
            message: string;
            /** @description The place in a JSON line, as a JSON pointer (RFC 6901). */
            pointer?: string | null;
            /** @description The row, from 1: as a spreadsheet counts the rows of a CSV file, with its header; or the line of JSON. */
            row: number;
        };
        /** @description A reduction of a price for a time. */
        Sale: {
            /** @description The lowest price in the 30 days before it began, which a reduction is announced against. */
            lowest_30_days: components["schemas"]["Money"];
            /** @description The reduced price of one piece, tax included. */
            price: components["schemas"]["Money"];
            /**
             * Format: date-time
             * @description When the reduction began. One that goes further keeps the beginning of the one before it.
             */
            since: string;
            /**
             * Format: date-time
             * @description When it ends.
             */
            until: string;
        };
        /** @description A saved address, as its user sees it. */
        SavedAddress: {
            /** @description The address. */
            address: components["schemas"]["Address"];
            /** @description Its id. */
            address_id: components["schemas"]["AddressId"];
            /** @description Whether it is the address that bills go to unless the user says otherwise. */
            default_billing: boolean;
            /** @description Whether it is the address that orders go to unless the user says otherwise. */
            default_shipping: boolean;
        };
        /** @description A payment method that a customer has saved. There is no more of a card in the shop, and this is not stored. */
        SavedMethod: {
            /** @description The card's brand (`visa`). */
            brand: string;
            /** @description The month in which the card expires, from 1. */
            exp_month: number;
            /** @description The year in which the card expires. */
            exp_year: number;
            /** @description The last four digits of the card's number. */
            last4: string;
            /** @description The payment gateway's token, for `saved_method` of a request to pay. */
            payment_method: components["schemas"]["PaymentMethod"];
        };
        /** @description What results can be narrowed to. A facet does not depend on the parameter that it is for. */
        SearchFacets: {
            /** @description The categories of the results, those with the most first, up to 100. */
            categories: components["schemas"]["CategoryCount"][];
            /** @description The range of prices, for each currency. */
            price: components["schemas"]["PriceSpan"][];
        };
        /** @description A page of results. */
        SearchResults: {
            /** @description What the results can be narrowed to. */
            facets: components["schemas"]["SearchFacets"];
            /** @description The products. */
            items: components["schemas"]["ProductCard"][];
            /** @description The cursor for the next page; absent at the end. */
            next_cursor?: string | null;
            /** @description The number of results on all pages. */
            total: number;
        };
        /** @description Who sells. */
        Seller: {
            /** @description The name under which it trades and the address where it is established. Its country is the one whose tax holds at home. */
            address: components["schemas"]["Address"];
            /** @description What the shop is called. */
            name: components["schemas"]["Label"];
            /**
             * @description Whether it pays tax in the country of the customer within the European Union, by the one-stop shop. Otherwise, all of it is taxed at home.
             * @default false
             */
            oss: boolean;
            /** @description Its number for value added tax. */
            vat_id?: components["schemas"]["VatId"] | null;
        };
        /** @description Who sells. */
        SellerInput: {
            /** @description The name under which it trades and the address where it is established. Its country is the one whose tax holds at home. */
            address: components["schemas"]["AddressInput"];
            /** @description What the shop is called. */
            name: components["schemas"]["Label"];
            /**
             * @description Whether it pays tax in the country of the customer within the European Union, by the one-stop shop. Otherwise, all of it is taxed at home.
             * @default false
             */
            oss?: boolean;
            /** @description Its number for value added tax. */
            vat_id?: components["schemas"]["VatId"] | null;
        };
        /** @description Who sells. */
        SellerView: {
            /** @description The name under which it trades, and its address. */
            address: components["schemas"]["Address"];
            /** @description What the shop is called. */
            name: components["schemas"]["Label"];
            /** @description Its number for value added tax. */
            vat_id?: components["schemas"]["VatId"] | null;
        };
        /** @description What the numbers of documents begin with. It is put under the seller's country in lower case, such as `es`; or as `main`, for all. */
        Series: {
            /** @description Of credit notes: `ESR`. */
            credit_notes: components["schemas"]["SeriesPrefix"];
            /** @description Of invoices: `ES`. */
            invoices: components["schemas"]["SeriesPrefix"];
        };
        /** @description What the numbers of documents begin with. It is put under the seller's country in lower case, such as `es`; or as `main`, for all. */
        SeriesInput: {
            /** @description Of credit notes: `ESR`. */
            credit_notes: components["schemas"]["SeriesPrefix"];
            /** @description Of invoices: `ES`. */
            invoices: components["schemas"]["SeriesPrefix"];
        };
        /**
         * @description What the numbers of documents begin with.
         * @example ES
         */
        SeriesPrefix: string;
        /** @description A session, as its user sees it. */
        Session: {
            /** @description Whether it is the session of this request. */
            current: boolean;
            /** @description The first 120 characters of the client's `User-Agent` when the user signed in. */
            device?: components["schemas"]["Device"] | null;
            /**
             * Format: date-time
             * @description When its tokens were last refreshed.
             */
            refreshed_at: string;
            /** @description Its id, to end it with `DELETE /sessions/{session_id}`. */
            session_id: components["schemas"]["SessionId"];
            /**
             * Format: date-time
             * @description When the user signed in.
             */
            started_at: string;
        };
        /**
         * @description A signed-in session: one refresh-token family.
         * @example ses_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        SessionId: string;
        /** @description Another address, with the proof that it is the user who sets it. */
        SetEmail: {
            /** @description The address. The account's own is confirmed by the link. */
            email: components["schemas"]["Email"];
            /** @description The account's password. */
            password: string;
        };
        /** @description A setting, as the staff see it. */
        SettingEntry: {
            /**
             * Format: date-time
             * @description When.
             */
            changed_at: string;
            /** @description Who has set it. */
            changed_by: components["schemas"]["UserId"];
            /** @description Its id among the settings of its kind. */
            id: components["schemas"]["SettingId"];
            /** @description Its version, for `If-Match`. */
            version: number;
        } & (components["schemas"]["Seller"] | components["schemas"]["Market"] | components["schemas"]["TaxRateSetting"] | components["schemas"]["ShippingZone"] | components["schemas"]["Series"] | components["schemas"]["Policy"] | components["schemas"]["Flag"] | components["schemas"]["Campaign"]);
        /**
         * @description The name of a setting among those of its kind.
         * @example es-standard
         */
        SettingId: string;
        /**
         * @description What kind of setting it is.
         *
         *     - `seller`: Who sells.
         *     - `market`: Where the shop sells, and in which currency.
         *     - `tax_rate`: The tax on a class of goods in a country or region.
         *     - `shipping_zone`: Countries with the same ways of shipping.
         *     - `series`: What the numbers of documents begin with.
         *     - `policy`: What the shop grants its customers and its staff.
         *     - `flag`: Something that can be switched on and off.
         *     - `campaign`: A promotion that needs no code.
         * @enum {string}
         */
        SettingKind: "seller" | "market" | "tax_rate" | "shipping_zone" | "series" | "policy" | "flag" | "campaign";
        /**
         * Format: int32
         * @description The number of rows that a SKU's pieces are spread over.
         * @default 1
         * @example 16
         */
        Shards: number;
        /** @description What the staff learn of a parcel afterwards. */
        ShipmentEdit: {
            /** @description The carrier. */
            carrier?: components["schemas"]["Label"] | null;
            /**
             * Format: date-time
             * @description When it arrived. A wrong time can be corrected, and a parcel that has arrived stays so.
             */
            delivered_at?: string | null;
            /** @description The carrier's number; `null` removes it. */
            tracking_number?: components["schemas"]["TrackingNumber"] | null;
            /** @description The carrier's page; `null` removes it. */
            tracking_url?: components["schemas"]["TrackingUrl"] | null;
        };
        /** @description A parcel, with the version that a change of it names. */
        ShipmentEntry: {
            /** @description The carrier, for people. */
            carrier: components["schemas"]["Label"];
            /**
             * Format: date-time
             * @description When it arrived, once that is known.
             */
            delivered_at?: string | null;
            /** @description The number of its invoice. Parcels of earlier versions have none. */
            invoice_number?: components["schemas"]["DocumentNumber"] | null;
            /** @description What is in it. */
            lines: components["schemas"]["ShippedLine"][];
            /** @description The order. */
            order_id: components["schemas"]["OrderId"];
            /** @description Its id. */
            shipment_id: components["schemas"]["ShipmentId"];
            /**
             * Format: date-time
             * @description When it was handed over to the carrier.
             */
            shipped_at: string;
            /** @description The carrier's number for it. */
            tracking_number?: components["schemas"]["TrackingNumber"] | null;
            /** @description The carrier's page about it. */
            tracking_url?: components["schemas"]["TrackingUrl"] | null;
            /** @description Its version, to be sent as `If-Match` with a change. */
            version: number;
        };
        /**
         * @description A parcel; derived from the order and the Idempotency-Key of whoever ships it.
         * @example shp_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        ShipmentId: string;
        /** @description Pieces of one line in a parcel. */
        ShippedLine: {
            /** @description The number of pieces. */
            quantity: components["schemas"]["Quantity"];
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /** @description The title in the order. */
            title: components["schemas"]["Title"];
        };
        /** @description A way of shipping, with a price of exactly one kind. */
        ShippingMethod: {
            /** @description Its price by the value of the goods, in ascending order. A cheaper parcel is not sent. */
            by_value?: components["schemas"]["ValueTier"][];
            /** @description Its price by weight, in ascending order. A heavier parcel is not sent. */
            by_weight?: components["schemas"]["WeightTier"][];
            /** @description How many days it takes. */
            days?: components["schemas"]["Days"] | null;
            /** @description The value of the goods after promotions from which it is free. */
            free_from?: components["schemas"]["Money"] | null;
            /** @description Its id, which orders name: `standard`. */
            id: components["schemas"]["SettingId"];
            /** @description Its price, whatever is sent. */
            price?: components["schemas"]["Money"] | null;
            /** @description What customers read. */
            title: components["schemas"]["Label"];
        };
        /** @description A way of shipping, with a price of exactly one kind. */
        ShippingMethodInput: {
            /** @description Its price by the value of the goods, in ascending order. A cheaper parcel is not sent. */
            by_value?: components["schemas"]["ValueTierInput"][];
            /** @description Its price by weight, in ascending order. A heavier parcel is not sent. */
            by_weight?: components["schemas"]["WeightTierInput"][];
            /** @description How many days it takes. */
            days?: components["schemas"]["DaysInput"] | null;
            /** @description The value of the goods after promotions from which it is free. */
            free_from?: components["schemas"]["MoneyInput"] | null;
            /** @description Its id, which orders name: `standard`. */
            id: components["schemas"]["SettingId"];
            /** @description Its price, whatever is sent. */
            price?: components["schemas"]["MoneyInput"] | null;
            /** @description What customers read. */
            title: components["schemas"]["Label"];
        };
        /** @description A way of shipping that is offered. */
        ShippingOption: {
            /** @description How many days it takes. */
            days?: components["schemas"]["Days"] | null;
            /** @description Its id, for `shipping_method`. */
            method: string;
            /** @description The price. */
            price: components["schemas"]["Money"];
            /** @description What customers read. */
            title: string;
        };
        /** @description Countries with the same ways of shipping. */
        ShippingZone: {
            /** @description The countries. */
            countries: components["schemas"]["CountryCode"][];
            /** @description The ways. Without any, nothing is sent there. */
            methods: components["schemas"]["ShippingMethod"][];
        };
        /** @description Countries with the same ways of shipping. */
        ShippingZoneInput: {
            /** @description The countries. */
            countries: components["schemas"]["CountryCode"][];
            /** @description The ways. Without any, nothing is sent there. */
            methods: components["schemas"]["ShippingMethodInput"][];
        };
        /**
         * Format: int32
         * @description In how many days a backorder ships.
         * @example 14
         */
        ShipsInDays: number;
        /** @description The shop, as its pages know it. */
        Shop: {
            /** @description The countries of its markets, sorted. */
            countries: components["schemas"]["CountryCode"][];
            /** @description The currencies of its markets. */
            currencies: components["schemas"]["Currency"][];
            /** @description What is switched on and off. */
            flags: {
                [key: string]: boolean;
            };
            /** @description The languages of its markets, each once, in the order of the markets. */
            locales: components["schemas"]["Locale"][];
            /** @description Where it sells, by market. Without markets, it sells everywhere. */
            markets: components["schemas"]["MarketView"][];
            /** @description How its pages take payment methods. */
            payments: components["schemas"]["PaymentPages"];
            /** @description What it grants its customers. */
            policies: components["schemas"]["Policies"];
            /** @description Who sells. */
            seller?: components["schemas"]["SellerView"] | null;
        };
        /** @description The ledger, or the text of a file with it. */
        ShownLedger: components["schemas"]["Ledger"] | components["schemas"]["LedgerFile"];
        /** @description An announced file that the product has no picture of. */
        ShownUpload: {
            /** @description What it shows. */
            alt: components["schemas"]["AltText"];
            /**
             * Format: date-time
             * @description When it was announced.
             */
            announced_at: string;
            /** @description The id of the picture that it was to become. */
            image_id: components["schemas"]["ImageId"];
            /** @description Whether it is awaited or was refused. */
            state: components["schemas"]["UploadState"];
            /** @description Why it was refused, if it was. */
            why?: components["schemas"]["ImageFault"] | null;
        };
        /**
         * @description A stock keeping unit, unique in the shop.
         * @example CUP-BLUE
         */
        Sku: string;
        /**
         * @description The human-readable part of an address: `espresso-cups`.
         * @example espresso-cups
         */
        Slug: string;
        /** @description The outcome. */
        StaffMember: {
            /** @description Whether the person has the role. */
            status: components["schemas"]["StaffStatus"];
        };
        /**
         * @description A role that can be given.
         *
         *     - `staff`: Works in the shop.
         *     - `admin`: Manages the shop, and decides who else has a role.
         * @enum {string}
         */
        StaffRole: "staff" | "admin";
        /**
         * @description Whether somebody has a role.
         *
         *     - `active`: The account has the role, from its next token on.
         *     - `invited`: There is no account with the address. A link to create one was mailed, which is valid for seven days.
         *     - `removed`: Nobody with this address has a role, or will have.
         * @enum {string}
         */
        StaffStatus: "active" | "invited" | "removed";
        /** @description A request for a guest's session. */
        StartGuestSession: {
            /**
             * @description The language that the guest reads; English if it is left out.
             * @default en
             */
            locale?: components["schemas"]["Locale"];
        };
        /** @description The stock of a SKU, as staff see it. */
        StockEntry: {
            /** @description How many pieces are sold before the shop has them. */
            backorder?: components["schemas"]["Backorder"] | null;
            /** @description Its counters. */
            level: components["schemas"]["StockLevel"];
            /** @description It runs low when this many pieces or fewer are available. */
            low_at: components["schemas"]["LowAt"];
            /** @description The version of the policy, for `If-Match`. */
            policy_version: number;
            /** @description The product that it is a variant of. */
            product_id: components["schemas"]["ProductId"];
            /** @description The number of rows that its pieces are spread over. */
            shards: components["schemas"]["Shards"];
            /** @description The product's title and the variant's. */
            title: components["schemas"]["Title"];
        };
        /** @description The counters of a SKU after an adjustment. Customers change them all the time: these are the counters that the adjustment was decided on, with the adjustment applied. */
        StockLevel: {
            /** @description Pieces that can be ordered, including those that the shop does not have yet. */
            available: number;
            /**
             * @description Pieces that are ordered, and that the shop does not have yet.
             * @default 0
             */
            backordered: number;
            /** @description All pieces ever received, adjustments included. */
            received: number;
            /** @description Pieces held for unpaid orders. */
            reserved: number;
            /** @description The SKU. */
            sku: components["schemas"]["Sku"];
            /** @description Pieces of paid orders. */
            sold: number;
        };
        /** @description The policy of a SKU's stock. */
        StockPolicy: {
            /** @description How many pieces are sold before the shop has them; none if it is left out. */
            backorder?: components["schemas"]["BackorderInput"] | null;
            /** @description The SKU runs low when this many pieces or fewer are available. Staff are notified when it begins to. */
            low_at: components["schemas"]["LowAt"];
            /**
             * @description The number of rows that its pieces are spread over; 1 if it is left out. One row takes about 90 orders a second. The variants of a product may have 40 together.
             * @default 1
             */
            shards?: components["schemas"]["Shards"];
        };
        /**
         * @description The id of what was changed: a user, a product, a SKU. An invitation is named by the id of the account that it will create.
         * @example usr_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        Subject: string;
        /**
         * @description A class of goods with its own tax rates.
         * @default standard
         * @example standard
         */
        TaxCode: string;
        /** @description The tax of one jurisdiction at one rate. */
        TaxLine: {
            /** @description What is taxed: with the tax if prices contain it, otherwise without. */
            base: components["schemas"]["Money"];
            /** @description The jurisdiction: `ES`, or `US-NY`; none for the catalogue's rates. */
            jurisdiction?: string | null;
            /** @description The rate in parts per million. */
            rate: components["schemas"]["Ppm"];
            /** @description The tax. */
            tax: components["schemas"]["Money"];
        };
        /**
         * Format: int32
         * @description A tax rate in basis points: 1900 is 19 %.
         * @default 0
         * @example 1900
         */
        TaxRate: number;
        /** @description The tax on a class of goods in a country or region, from some day on. The rate that began last holds. */
        TaxRateSetting: {
            /** @description The country. */
            country: components["schemas"]["CountryCode"];
            /** @description The rate in parts per million: 88,750 is 8.875 %. */
            ppm: components["schemas"]["Ppm"];
            /** @description The region's key in addresses, such as `NY`, for a tax that not the whole country has. */
            region?: components["schemas"]["AddressLine"] | null;
            /** @description Where the rate is from, and when somebody looked. */
            source: components["schemas"]["Note"];
            /**
             * @description The class of goods.
             * @default standard
             */
            tax_code: components["schemas"]["TaxCode"];
            /**
             * Format: date-time
             * @description From when it holds.
             */
            valid_from: string;
        };
        /** @description The tax on a class of goods in a country or region, from some day on. The rate that began last holds. */
        TaxRateSettingInput: {
            /** @description The country. */
            country: components["schemas"]["CountryCode"];
            /** @description The rate in parts per million: 88,750 is 8.875 %. */
            ppm: components["schemas"]["Ppm"];
            /** @description The region's key in addresses, such as `NY`, for a tax that not the whole country has. */
            region?: components["schemas"]["AddressLine"] | null;
            /** @description Where the rate is from, and when somebody looked. */
            source: components["schemas"]["Note"];
            /**
             * @description The class of goods.
             * @default standard
             */
            tax_code?: components["schemas"]["TaxCode"];
            /**
             * Format: date-time
             * @description From when it holds.
             */
            valid_from: string;
        };
        /** @description An entry of an order's timeline. */
        TimelineEntry: {
            /**
             * Format: date-time
             * @description When it happened.
             */
            at: string;
            /** @description Who did it. */
            by: components["schemas"]["Actor"];
            /** @description The details, if there are any. */
            data?: components["schemas"]["OrderHappeningDetails"];
            /** @description Whether the customer sees it. */
            public: boolean;
            /** @description What happened. */
            what: components["schemas"]["OrderHappening"];
        };
        /**
         * @description The title of a product or variant, in one line. Surrounding white space is removed.
         * @example Espresso cups
         */
        Title: string;
        /** @description A pair of tokens. `Debug` does not show them. */
        Tokens: {
            /** @description The token to send as `Authorization: Bearer …`. */
            access_token: string;
            /** @description What this client is recognised by when the user signs in again. Only in the reply to signing in. */
            device_token?: string | null;
            /**
             * Format: int64
             * @description Lifetime of the access token in seconds.
             */
            expires_in: number;
            /** @description Whether the user is a guest. */
            guest?: boolean;
            /** @description The guest whose orders the account now has, if `guest_refresh_token` was a guest's. `POST /cart/merge` with this access token makes the guest's cart the account's at once. */
            merged_from?: components["schemas"]["UserId"] | null;
            /** @description The token to get the next pair with, once. */
            refresh_token: string;
            /** @description Always `Bearer`. */
            token_type: string;
            /** @description The signed-in user. */
            user_id: components["schemas"]["UserId"];
        };
        /**
         * @description A carrier's number for a parcel, in one line. Surrounding white space is removed.
         * @example JD014600006281230701
         */
        TrackingNumber: string;
        /**
         * Format: uri
         * @description The address of a carrier's page about a parcel: HTTPS, without a user.
         * @example https://carrier.example/track?parcel=JD014600006281230701
         */
        TrackingUrl: string;
        /** @description What to change: a JSON merge patch (RFC 7396). `null` removes. */
        UpdateCart: {
            /**
             * @description Whether the customer takes `changes`: today's prices, as many pieces as there are, and nothing that is not for sale.
             * @default false
             */
            acknowledge?: boolean;
            /** @description The address on the invoice, if it is another. */
            billing_address?: components["schemas"]["AddressInput"] | null;
            /** @description The codes of promotions, all that there are to be. */
            codes?: components["schemas"]["PromotionCodes"];
            /** @description What the customer wants to say about the order. */
            note?: components["schemas"]["CartNote"] | null;
            /** @description The delivery address. */
            shipping_address?: components["schemas"]["AddressInput"] | null;
            /** @description The way of shipping: the `method` of one of `shipping_options`. */
            shipping_method?: components["schemas"]["SettingId"] | null;
        };
        /** @description What to change: a JSON merge patch (RFC 7396). Nothing of an account can be removed, so `null` is refused. The address and the password have operations of their own, and roles are granted by others. */
        UpdateUser: {
            /** @description The language that the user reads. */
            locale?: components["schemas"]["Locale"];
            /** @description Whether the user agrees to be written to about offers. */
            marketing?: boolean;
            /** @description The user's name. */
            name?: components["schemas"]["Name"];
        };
        /** @description The request that uploads a file. It needs no access token. */
        Upload: {
            /**
             * Format: date-time
             * @description Until when it can be sent.
             */
            expires_at: string;
            /** @description Its headers, which have to be sent as they are. A browser sets `content-length` itself. */
            headers: {
                [key: string]: string;
            };
            /** @description Its method: `PUT`. */
            method: string;
            /** @description Its URL. */
            url: string;
        };
        /**
         * @description What becomes of an uploaded file.
         *
         *     - `awaiting`: It was not uploaded yet, or not looked at.
         *     - `done`: It is a picture of the product.
         *     - `refused`: It cannot be a picture of the product.
         * @enum {string}
         */
        UploadState: "awaiting" | "done" | "refused";
        /** @description A user's account, as its owner and admins see it. A guest's has what the guest has left with an order. */
        User: {
            /**
             * Format: date-time
             * @description Creation time.
             */
            created_at: string;
            /** @description The address that the user signs in with, or that a guest has left. */
            email: components["schemas"]["Email"] | null;
            /** @description Whether the user has proved to read the mails of the address. */
            email_verified: boolean;
            /**
             * Format: date-time
             * @description When the account will be erased, if the user has asked for that.
             */
            erases_at?: string | null;
            /** @description Whether the user has no account. */
            guest: boolean;
            /** @description The language that the user reads. */
            locale: components["schemas"]["Locale"];
            /** @description Whether the user agrees to be written to about offers. */
            marketing: boolean;
            /** @description The user's name. */
            name: components["schemas"]["Name"] | null;
            /** @description The user's roles. Admins decide on them. */
            roles: components["schemas"]["Role"][];
            /** @description Whether signing in requires a second factor. */
            second_factor: boolean;
            /** @description Its id. */
            user_id: components["schemas"]["UserId"];
        };
        /**
         * @description A user's account.
         * @example usr_01KAR8J3YT5QZ8W2N6V4C1D7EF
         */
        UserId: string;
        /** @description The price of parcels from a value on. */
        ValueTier: {
            /** @description The least value of the goods after promotions. */
            from: components["schemas"]["Money"];
            /** @description The price. */
            price: components["schemas"]["Money"];
        };
        /** @description The price of parcels from a value on. */
        ValueTierInput: {
            /** @description The least value of the goods after promotions. */
            from: components["schemas"]["MoneyInput"];
            /** @description The price. */
            price: components["schemas"]["MoneyInput"];
        };
        /** @description One form in which a product is sold. */
        Variant: {
            /** @description What one piece contains, if it is sold by weight, volume or length. */
            content?: components["schemas"]["Content"] | null;
            /** @description What tax, carriers and the law of withdrawal ask about one piece. */
            goods?: components["schemas"]["Goods"];
            /** @description The price of one piece without a reduction, tax included. */
            price: components["schemas"]["Money"];
            /** @description Whether it is no longer for sale, and not shown to customers. Orders still refer to it. */
            retired?: boolean;
            /** @description The reduction of the price; customers see one only while it is on. */
            sale?: components["schemas"]["Sale"] | null;
            /** @description The number of shards that its stock has; customers do not see it. Its stock says so, too: a change of the product writes all of them without reading the stock. */
            shards?: number;
            /** @description Its unit of stock. */
            sku: components["schemas"]["Sku"];
            /**
             * @description The tax that the price contains.
             * @default 0
             */
            tax_rate: components["schemas"]["TaxRate"];
            /** @description Distinguishes it from the product's other variants: `Blue, 250 ml`. */
            title: components["schemas"]["Title"];
        };
        /** @description A variant as shown to customers. */
        VariantView: {
            /** @description The number of pieces that can be ordered, capped at 10: 10 means "10 or more". */
            available: number;
            /** @description What one piece contains, if it is sold by weight, volume or length. */
            content?: components["schemas"]["Content"] | null;
            /** @description What tax, carriers and the law of withdrawal ask about one piece. */
            goods?: components["schemas"]["Goods"];
            /** @description Whether it can be ordered now. */
            in_stock: boolean;
            /** @description The price of one piece without a reduction, tax included. */
            price: components["schemas"]["Money"];
            /** @description Whether it is no longer for sale, and not shown to customers. Orders still refer to it. */
            retired?: boolean;
            /** @description The reduction of the price; customers see one only while it is on. */
            sale?: components["schemas"]["Sale"] | null;
            /** @description The number of shards that its stock has; customers do not see it. Its stock says so, too: a change of the product writes all of them without reading the stock. */
            shards?: number;
            /** @description In how many days it ships, if it is sold before the shop has it. */
            ships_in_days?: components["schemas"]["ShipsInDays"] | null;
            /** @description Its unit of stock. */
            sku: components["schemas"]["Sku"];
            /**
             * @description The tax that the price contains.
             * @default 0
             */
            tax_rate: components["schemas"]["TaxRate"];
            /** @description Distinguishes it from the product's other variants: `Blue, 250 ml`. */
            title: components["schemas"]["Title"];
        };
        /**
         * @description A number by which tax authorities know the seller.
         * @example ESB12345678
         */
        VatId: string;
        /** @description Whether the shop takes the goods back. */
        Verdict: {
            /** @description Whether it does. */
            accepted: boolean;
            /** @description Why, for the customer. */
            reason?: components["schemas"]["Note"] | null;
        };
        /**
         * Format: int32
         * @description The number of pieces that a line is to have; 0 removes it.
         * @example 2
         */
        WantedQuantity: number;
        /** @description Whether the customer waits for the SKU. */
        WatchStock: {
            /** @description Whether to send a mail, once, when it is in stock again. */
            on: boolean;
        };
        /** @description Whether the customer waits for the SKU. */
        WatchStockInput: {
            /** @description Whether to send a mail, once, when it is in stock again. */
            on: boolean;
        };
        /** @description The price of parcels up to a weight. */
        WeightTier: {
            /** @description The price. */
            price: components["schemas"]["Money"];
            /** @description The greatest weight. */
            up_to_g: components["schemas"]["Grams"];
        };
        /** @description The price of parcels up to a weight. */
        WeightTierInput: {
            /** @description The price. */
            price: components["schemas"]["MoneyInput"];
            /** @description The greatest weight. */
            up_to_g: components["schemas"]["Grams"];
        };
        /** @description A declaration that became no return, and waits for the staff. Whoever has declared it is known to the user service alone. */
        WithdrawalStatement: {
            /** @description The order that it is about, if the number and the address are those of an order. */
            assigned_to?: components["schemas"]["OrderId"] | null;
            /** @description What the staff have done about it, if they have. */
            closed?: components["schemas"]["ClosedStatement"] | null;
            /**
             * Format: date-time
             * @description By when the money would have to be paid back.
             */
            due_at: string;
            /** @description What the withdrawal is from; from the whole contract, if it is empty. */
            lines?: components["schemas"]["Line"][];
            /** @description The number that was stated. */
            order_number: components["schemas"]["DeclaredNumber"];
            /**
             * Format: date-time
             * @description When it was received.
             */
            received_at: string;
            /** @description The code of why it was not carried out, if the order is known. */
            refused_because?: string | null;
            /** @description Its id. */
            statement_id: components["schemas"]["ReturnId"];
            /** @description The order's customer, or else the guest as whom the user service keeps the name and the address, for ninety days: `GET /admin/users?user_id=…`. */
            user_id: components["schemas"]["UserId"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}

export type Schemas = components["schemas"];

/** What problems with certain codes hold besides. */
export interface ProblemMembers {
  total_changed: { cart: Schemas["Cart"] };
}

/** Every route: what it takes, what it answers, and the codes with which it refuses. */
export interface Routes {
  /** Returns the public keys: the one that signs, and during a rotation also the next one or the one before */
  "GET /.well-known/jwks.json": {
    operation: "get-jwks";
    reply: Schemas["KeySet"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable";
  };
  /** Returns what clients need to verify access tokens */
  "GET /.well-known/oauth-authorization-server": {
    operation: "get-discovery";
    reply: Schemas["Discovery"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable";
  };
  /** Returns what clients need to verify access tokens */
  "GET /.well-known/openid-configuration": {
    operation: "get-discovery-openid-configuration";
    reply: Schemas["Discovery"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable";
  };
  /** Adds a category, or changes its title, its parent or its position */
  "PUT /admin/catalogue/categories/{slug}": {
    operation: "put-category";
    path: { slug: Schemas["Slug"] };
    body: Schemas["CategoryInput"];
    reply: Schemas["Category"];
    refusals: "body_too_large" | "busy" | "category_cycle" | "category_depth" | "category_parent_unknown" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_categories";
  };
  /** Removes a category that no other and no active product is part of */
  "DELETE /admin/catalogue/categories/{slug}": {
    operation: "remove-category";
    path: { slug: Schemas["Slug"] };
    reply: undefined;
    refusals: "busy" | "category_in_use" | "category_not_found" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Exports the products of a status with the variants that are not retired, newest first */
  "GET /admin/catalogue/export": {
    operation: "export-catalogue";
    query: { cursor?: string; format?: Schemas["FileFormat"]; status?: Schemas["ProductStatus"] };
    reply: Schemas["ExportPage"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Announces a file */
  "POST /admin/catalogue/imports": {
    operation: "create-import";
    body: Schemas["NewImport"];
    reply: Schemas["CreatedImport"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "import_too_large" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Returns how far an import is */
  "GET /admin/catalogue/imports/{import_id}": {
    operation: "get-import";
    path: { import_id: Schemas["ImportId"] };
    reply: Schemas["ImportReport"];
    refusals: "busy" | "front_door_only" | "import_not_found" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Finds products */
  "GET /admin/catalogue/products": {
    operation: "find-products";
    query: { cursor?: string; limit?: number; sku?: Schemas["Sku"]; slug?: Schemas["Slug"]; status?: Schemas["ProductStatus"] };
    reply: Schemas["ListOfProduct"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Returns a product with its counters, and with what has become of files that are not its pictures (which may lag a second behind) */
  "GET /admin/catalogue/products/{product_id}": {
    operation: "show-product";
    path: { product_id: Schemas["ProductId"] };
    reply: Schemas["KeptProduct"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "product_not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Changes a product, and in the same transaction what the stock of its variants repeats of it, so that no order mixes what was before with what is after */
  "PATCH /admin/catalogue/products/{product_id}": {
    operation: "update-product";
    path: { product_id: Schemas["ProductId"] };
    headers: { "If-Match": string };
    body: Schemas["ProductEdit"];
    reply: Schemas["Product"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "precondition_required" | "product_not_found" | "slug_taken" | "staff_only" | "temporarily_unavailable" | "title_too_long" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "unknown_image" | "version_mismatch";
  };
  /** Announces the file of a picture */
  "POST /admin/catalogue/products/{product_id}/images": {
    operation: "add-image";
    path: { product_id: Schemas["ProductId"] };
    body: Schemas["NewImage"];
    reply: Schemas["AddedImage"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "image_too_large" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "product_not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_images";
  };
  /** Adds a variant without stock, or changes the one with this SKU, and with it what its stock repeats */
  "PUT /admin/catalogue/products/{product_id}/variants/{sku}": {
    operation: "put-variant";
    path: { product_id: Schemas["ProductId"]; sku: Schemas["Sku"] };
    headers: { "If-Match": string };
    body: Schemas["PutVariant"];
    reply: Schemas["Product"];
    refusals: "body_too_large" | "busy" | "currency_not_supported" | "free_of_charge" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "mixed_currencies" | "not_found" | "not_json" | "precondition_required" | "price_differs" | "price_missing" | "price_not_chargeable" | "product_not_found" | "sku_taken" | "staff_only" | "temporarily_unavailable" | "title_too_long" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "variant_count" | "version_mismatch";
  };
  /** Lists the SKUs that run low, sorted by SKU, or the one with this SKU */
  "GET /admin/catalogue/stock": {
    operation: "list-stock";
    query: { cursor?: string; limit?: number; low?: boolean; sku?: Schemas["Sku"] };
    reply: Schemas["ListOfStockEntry"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Sets the policy of a SKU */
  "PUT /admin/catalogue/stock/{sku}": {
    operation: "set-stock-policy";
    path: { sku: Schemas["Sku"] };
    headers: { "If-Match": string };
    body: Schemas["StockPolicy"];
    reply: Schemas["StockEntry"];
    refusals: "backorder_in_use" | "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "precondition_required" | "sku_not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_shards" | "version_mismatch";
  };
  /** Lists the adjustments of a SKU's stock, newest first */
  "GET /admin/catalogue/stock/{sku}/movements": {
    operation: "list-stock-movements";
    path: { sku: Schemas["Sku"] };
    query: { cursor?: string; limit?: number };
    reply: Schemas["ListOfAdjustment"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "sku_not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Lists the changes of a variant's price, newest first, each with the price before it */
  "GET /admin/catalogue/variants/{sku}/prices": {
    operation: "get-price-history";
    path: { sku: Schemas["Sku"] };
    query: { cursor?: string; limit?: number };
    reply: Schemas["ListOfPriceChange"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "sku_not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Changes a price in the catalogue and in the stock together, once per Idempotency-Key */
  "POST /admin/catalogue/variants/{sku}/prices": {
    operation: "change-price";
    path: { sku: Schemas["Sku"] };
    body: Schemas["ChangePrice"];
    reply: Schemas["NewPrice"];
    refusals: "body_too_large" | "busy" | "currency_not_supported" | "free_of_charge" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "mixed_currencies" | "not_found" | "not_json" | "price_not_chargeable" | "product_not_found" | "sale_ended" | "sale_not_lower" | "sku_not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Lists orders */
  "GET /admin/orders": {
    operation: "find-orders";
    query: { cursor?: string; limit?: number; month?: string; number?: Schemas["OrderNumber"]; queue?: Schemas["Queue"]; user_id?: Schemas["UserId"] };
    reply: Schemas["ListOfOrderView"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Cancels pieces that are not shipped: they go back to the stock, and their price to the customer, who gets a mail */
  "POST /admin/orders/{order_id}/cancellations": {
    operation: "cancel-lines";
    path: { order_id: Schemas["OrderId"] };
    body: Schemas["CancelLines"];
    reply: Schemas["LineCancellation"];
    refusals: "body_too_large" | "busy" | "capture_pending" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "order_not_confirmed" | "order_not_found" | "payment_disputed" | "quantity_exceeds_unshipped" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_refunds";
  };
  /** Adds a note to the timeline of an order, for the staff, or also for its customer, who then gets a mail with it */
  "POST /admin/orders/{order_id}/notes": {
    operation: "add-note";
    path: { order_id: Schemas["OrderId"] };
    body: Schemas["NewNote"];
    reply: Schemas["TimelineEntry"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "order_not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Grants a refund: of pieces, at what each cost to the cent; of shipping; or an amount */
  "POST /admin/orders/{order_id}/refunds": {
    operation: "refund-order";
    path: { order_id: Schemas["OrderId"] };
    body: Schemas["RefundRequest"];
    reply: Schemas["OrderRefund"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "no_shipping_to_refund" | "not_found" | "not_json" | "nothing_to_refund" | "order_not_found" | "other_currency" | "payment_disputed" | "quantity_exceeds_refundable" | "refund_limit" | "refund_too_large" | "refund_unclear" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_refunds";
  };
  /** Ships pieces of an order, everything that is left unless `lines` says less, and issues their invoice; the first one bears shipping */
  "POST /admin/orders/{order_id}/shipments": {
    operation: "create-shipment";
    path: { order_id: Schemas["OrderId"] };
    body: Schemas["Parcel"];
    reply: Schemas["ShipmentEntry"];
    refusals: "body_too_large" | "busy" | "capture_failed" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "nothing_left" | "order_not_confirmed" | "order_not_found" | "payment_disputed" | "quantity_exceeds_order" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Changes a shipment */
  "PATCH /admin/orders/{order_id}/shipments/{shipment_id}": {
    operation: "update-shipment";
    path: { order_id: Schemas["OrderId"]; shipment_id: Schemas["ShipmentId"] };
    headers: { "If-Match": string };
    body: Schemas["ShipmentEdit"];
    reply: Schemas["ShipmentEntry"];
    refusals: "body_too_large" | "busy" | "delivered_at_out_of_range" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "order_not_found" | "precondition_required" | "shipment_not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "version_mismatch";
  };
  /** Lists the undecided disputes, the most urgent first */
  "GET /admin/payments/disputes": {
    operation: "find-disputes";
    query: { cursor?: string; limit?: number; status?: Schemas["ListedDisputes"] };
    reply: Schemas["ListOfDisputeView"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Shows what was debited and credited to each account, in a month or on a day, and on each day of it */
  "GET /admin/payments/ledger": {
    operation: "show-ledger";
    query: { day?: Schemas["Day"]; format?: Schemas["LedgerFormat"]; month?: Schemas["Month"] };
    reply: Schemas["ShownLedger"];
    refusals: "admin_only" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_postings";
  };
  /** Lists the payouts, the newest first */
  "GET /admin/payments/payouts": {
    operation: "list-payouts";
    query: { cursor?: string; limit?: number };
    reply: Schemas["ListOfPayoutView"];
    refusals: "admin_only" | "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Lists the promotions, sorted by their codes, each with its version and how many orders use it */
  "GET /admin/promotions": {
    operation: "list-promotions";
    query: { cursor?: string; limit?: number };
    reply: Schemas["ListOfPromotion"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Changes a promotion */
  "PUT /admin/promotions/{code}": {
    operation: "put-promotion";
    path: { code: Schemas["PromotionCode"] };
    headers: { "If-Match": string };
    body: Schemas["PutPromotion"];
    reply: Schemas["Promotion"];
    refusals: "admin_only" | "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "precondition_required" | "promotion_period" | "promotion_target" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "value_out_of_range" | "version_mismatch";
  };
  /** Lists the orders of which goods are to come back or to be decided about, and the statements by which somebody has withdrawn from a contract that nobody has found */
  "GET /admin/returns": {
    operation: "list-returns";
    query: { cursor?: string; due_before?: string; limit?: number };
    reply: Schemas["ListOfReturnItem"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Accepts or refuses a return of defective goods */
  "POST /admin/returns/{return_id}/decision": {
    operation: "decide-return";
    path: { return_id: Schemas["ReturnId"] };
    body: Schemas["Verdict"];
    reply: Schemas["Decided"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "return_decided" | "return_not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "withdrawal_cannot_be_refused";
  };
  /** Receives the goods of a return: they are sold again or written off, and their price is paid back, less a deduction for what has lost in value */
  "POST /admin/returns/{return_id}/receipt": {
    operation: "receive-return";
    path: { return_id: Schemas["ReturnId"] };
    body: Schemas["Receipt"];
    reply: Schemas["ReturnEntry"];
    refusals: "body_too_large" | "busy" | "capture_pending" | "deduction_too_large" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "payment_disputed" | "quantity_exceeds_return" | "return_not_accepted" | "return_not_found" | "return_received" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_refunds";
  };
  /** Lists the settings of a kind, sorted by their ids, each with its version */
  "GET /admin/settings/{kind}": {
    operation: "list-settings";
    path: { kind: Schemas["SettingKind"] };
    query: { cursor?: string; limit?: number };
    reply: Schemas["ListOfSettingEntry"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Changes a setting */
  "PUT /admin/settings/{kind}/{id}": {
    operation: "put-setting";
    path: { kind: Schemas["SettingKind"]; id: Schemas["SettingId"] };
    headers: { "If-Match": string };
    body: Schemas["PutSetting"];
    reply: Schemas["SettingEntry"];
    refusals: "admin_only" | "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "precondition_required" | "promotion_rule" | "seller_address" | "setting_capture" | "setting_country" | "setting_currency" | "setting_id" | "setting_too_long" | "shipping_days" | "shipping_method_twice" | "shipping_price" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "version_mismatch";
  };
  /** Finds the users of an address or an id, guests included, or those with a role */
  "GET /admin/users": {
    operation: "find-users";
    query: { email?: Schemas["Email"]; role?: Schemas["StaffRole"]; user_id?: Schemas["UserId"] };
    reply: Schemas["FoundUsers"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "staff_only" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Lists what the staff have changed, in every service, newest first: of a person, of a thing, or of a month */
  "GET /admin/users/audit": {
    operation: "list-audit";
    query: { actor?: Schemas["UserId"]; cursor?: string; limit?: number; month?: Schemas["Month"]; subject?: Schemas["Subject"] };
    reply: Schemas["ListOfAuditEntry"];
    refusals: "admin_only" | "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Gives or takes a role */
  "PUT /admin/users/staff/{email}": {
    operation: "put-staff";
    path: { email: Schemas["Email"] };
    body: Schemas["PutStaff"];
    reply: Schemas["StaffMember"];
    refusals: "admin_only" | "body_too_large" | "busy" | "email_taken" | "email_unconfirmed" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_admin" | "not_found" | "not_json" | "not_staff" | "own_roles" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_invitations" | "user_not_found";
  };
  /** Shows the caller's cart, with what has changed since they have last seen it, and what keeps it from being ordered */
  "GET /cart": {
    operation: "get-cart";
    reply: Schemas["Cart"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Changes the caller's cart */
  "PATCH /cart": {
    operation: "update-cart";
    headers: { "If-Match"?: string };
    body: Schemas["UpdateCart"];
    reply: Schemas["Cart"];
    refusals: "body_too_large" | "busy" | "code_expired" | "code_not_applicable" | "code_unknown" | "code_used_up" | "country_unknown" | "destination_not_served" | "front_door_only" | "guest_merged" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "postal_code_invalid" | "postal_code_missing" | "region_missing" | "region_unknown" | "shipping_not_available" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "version_mismatch";
  };
  /** Orders what is in the caller's cart, which is empty afterwards but for its addresses */
  "POST /cart/checkout": {
    operation: "check-out";
    body: Schemas["CheckOut"];
    reply: Schemas["Order"];
    refusals: "account_needed_to_save" | "address_needed" | "amount_out_of_range" | "body_too_large" | "busy" | "cart_changed" | "cart_empty" | "code_expired" | "code_not_applicable" | "code_unknown" | "code_used_up" | "contact_needed" | "currency_mismatch" | "currency_not_supported" | "destination_not_served" | "front_door_only" | "guest_merged" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "out_of_stock" | "payment_method_needed" | "payment_method_unknown" | "price_changed" | "reservation_ended" | "shipping_not_available" | "temporarily_unavailable" | "terms_not_accepted" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_declines" | "too_many_guests" | "too_many_open_orders" | "total_changed" | "unknown_sku";
  };
  /** Sets the number of pieces of a SKU, so a repeated request does no harm */
  "PUT /cart/lines/{sku}": {
    operation: "put-cart-line";
    path: { sku: Schemas["Sku"] };
    headers: { "If-Match"?: string };
    body: Schemas["PutCartLine"];
    reply: Schemas["Cart"];
    refusals: "body_too_large" | "busy" | "cart_full" | "front_door_only" | "guest_merged" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "unknown_sku" | "version_mismatch";
  };
  /** Gives a guest's cart to the account, and shows it */
  "POST /cart/merge": {
    operation: "merge-cart";
    reply: Schemas["Cart"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Returns the whole tree, which is small */
  "GET /categories": {
    operation: "list-categories";
    reply: Schemas["CategoryTree"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable";
  };
  /** Confirms that the owner of an account reads the mails of an address */
  "POST /email-confirmations": {
    operation: "confirm-email";
    body: Schemas["ConfirmEmail"];
    reply: Schemas["ConfirmedEmail"];
    refusals: "body_too_large" | "busy" | "email_taken" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "link_invalid" | "malformed_json" | "malformed_request" | "not_json" | "temporarily_unavailable";
  };
  /** Starts a session without an account, in which its user can order like any other */
  "POST /guests": {
    operation: "start-guest-session";
    body: Schemas["StartGuestSession"];
    reply: Schemas["Tokens"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "temporarily_unavailable";
  };
  /** Lists the caller's orders */
  "GET /orders": {
    operation: "list-orders";
    query: { cursor?: string; limit?: number };
    reply: Schemas["ListOfOrderView"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Places an order */
  "POST /orders": {
    operation: "place-order";
    body: Schemas["PlaceOrder"];
    reply: Schemas["Order"];
    refusals: "amount_out_of_range" | "body_too_large" | "busy" | "code_expired" | "code_not_applicable" | "code_unknown" | "code_used_up" | "contact_needed" | "country_unknown" | "currency_mismatch" | "currency_not_supported" | "destination_not_served" | "different_lines" | "front_door_only" | "guest_merged" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "out_of_stock" | "payment_method_needed" | "payment_method_unknown" | "postal_code_invalid" | "postal_code_missing" | "price_changed" | "region_missing" | "region_unknown" | "reservation_ended" | "shipping_not_available" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_declines" | "too_many_guests" | "too_many_open_orders" | "total_changed" | "unknown_sku";
  };
  /** Mails a link to an order to its customer, if this is the address at which they are reached */
  "POST /orders/lookup": {
    operation: "look-up-order";
    body: Schemas["LookUp"];
    reply: undefined;
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "temporarily_unavailable" | "too_many_claims";
  };
  /** Returns an order */
  "GET /orders/{order_id}": {
    operation: "get-order";
    path: { order_id: Schemas["OrderId"] | Schemas["OrderNumber"] };
    query: { expand?: string };
    reply: Schemas["OrderView"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "order_not_found" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Cancels an order */
  "POST /orders/{order_id}/cancellation": {
    operation: "cancel-order";
    path: { order_id: Schemas["OrderId"] };
    headers: { "If-Match"?: string };
    body: Schemas["CancelOrder"];
    reply: Schemas["OrderView"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "order_already_paid" | "order_ended" | "order_not_found" | "order_shipped" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "version_mismatch";
  };
  /** Sends the mail about an order once more, to its customer, with how far the order is */
  "POST /orders/{order_id}/confirmation": {
    operation: "resend-confirmation";
    path: { order_id: Schemas["OrderId"] };
    reply: undefined;
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "order_not_found" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_mails";
  };
  /** Returns an invoice or credit note as it was issued: as JSON, or as a page that prints well for a client that prefers `text/html` */
  "GET /orders/{order_id}/invoices/{number}": {
    operation: "get-invoice";
    path: { order_id: Schemas["OrderId"]; number: Schemas["DocumentNumber"] };
    query: { locale?: Schemas["Locale"] };
    reply: Schemas["Invoice"] | string;
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "invoice_not_found" | "malformed_request" | "not_found" | "order_not_found" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Records that a customer sends goods back */
  "POST /orders/{order_id}/returns": {
    operation: "request-return";
    path: { order_id: Schemas["OrderId"] };
    body: Schemas["ReturnRequest"];
    reply: Schemas["ReturnEntry"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "not_returnable" | "nothing_to_return" | "order_not_found" | "quantity_exceeds_shipped" | "return_window_over" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_returns";
  };
  /** Mails a link that is valid for half an hour, at most three times an hour */
  "POST /password-resets": {
    operation: "request-password-reset";
    body: Schemas["RequestPasswordReset"];
    reply: undefined;
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "temporarily_unavailable";
  };
  /** Sets a new password, and ends every session of the account: `docs/decisions/0037-a-session-ends-at-its-next-refresh.md` */
  "POST /password-resets/confirmation": {
    operation: "reset-password";
    body: Schemas["ResetPassword"];
    reply: undefined;
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "link_invalid" | "malformed_json" | "malformed_request" | "not_json" | "password_is_email" | "password_is_personal" | "temporarily_unavailable";
  };
  /** Lists the caller's saved payment methods, as the payment gateway has them now: the one that was paid with last first, then the newest */
  "GET /payment-methods": {
    operation: "list-payment-methods";
    reply: Schemas["ListOfSavedMethod"];
    refusals: "account_needed" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Begins to save a payment method, which the customer enters at the payment gateway: no card number comes here */
  "POST /payment-methods": {
    operation: "set-up-payment-method";
    reply: Schemas["MethodSetUp"];
    refusals: "account_erased" | "account_needed" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Removes a saved payment method, for good */
  "DELETE /payment-methods/{payment_method}": {
    operation: "remove-payment-method";
    path: { payment_method: Schemas["PaymentMethod"] };
    reply: undefined;
    refusals: "account_needed" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "payment_method_not_found" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Returns a payment */
  "GET /payments/{payment_id}": {
    operation: "get-payment";
    path: { payment_id: Schemas["PaymentId"] };
    reply: Schemas["PaymentView"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "payment_not_found" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Returns what the customer needs, as the gateway has it now */
  "GET /payments/{payment_id}/action": {
    operation: "get-payment-action";
    path: { payment_id: Schemas["PaymentId"] };
    reply: Schemas["PaymentAction"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "no_action_needed" | "not_found" | "payment_not_found" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Begins another attempt, once per Idempotency-Key */
  "POST /payments/{payment_id}/attempts": {
    operation: "retry-payment";
    path: { payment_id: Schemas["PaymentId"] };
    body: Schemas["RetryPayment"];
    reply: Schemas["PaymentView"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "order_ended" | "payment_method_needed" | "payment_method_unknown" | "payment_not_found" | "payment_not_retryable" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_attempts" | "too_many_declines";
  };
  /** Lists products */
  "GET /products": {
    operation: "list-products";
    query: { category?: Schemas["Slug"]; cursor?: string; limit?: number };
    reply: Schemas["ListOfProduct"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable";
  };
  /** Creates a product */
  "POST /products": {
    operation: "create-product";
    body: Schemas["NewProduct"];
    reply: Schemas["Product"];
    refusals: "body_too_large" | "busy" | "currency_not_supported" | "duplicate_sku" | "free_of_charge" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "mixed_currencies" | "not_json" | "price_not_chargeable" | "sku_taken" | "slug_taken" | "staff_only" | "temporarily_unavailable" | "title_too_long" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "variant_count";
  };
  /** Returns a product */
  "GET /products/{product_id}": {
    operation: "get-product";
    path: { product_id: Schemas["ProductId"] | Schemas["Slug"] };
    reply: Schemas["ProductView"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "product_not_found" | "temporarily_unavailable";
  };
  /** Finds products */
  "GET /search": {
    operation: "search-products";
    query: { category?: Schemas["Slug"]; cursor?: string; in_stock?: boolean; limit?: number; max_price?: number; min_price?: number; q?: string; sort?: "relevance" | "newest" | "price_asc" | "price_desc" };
    reply: Schemas["SearchResults"];
    refusals: "bad_cursor" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable";
  };
  /** Starts a session */
  "POST /sessions": {
    operation: "log-in";
    body: Schemas["LogIn"];
    reply: Schemas["Tokens"] | Schemas["Challenged"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_credentials" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "temporarily_unavailable" | "too_many_tries";
  };
  /** Starts a session of the guest who has placed an order, for whoever reads the mails of the address that the guest has left */
  "POST /sessions/link": {
    operation: "open-order-link";
    body: Schemas["OpenOrderLink"];
    reply: Schemas["OpenedLink"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "link_invalid" | "malformed_json" | "malformed_request" | "not_json" | "sign_in_needed" | "temporarily_unavailable";
  };
  /** Exchanges a refresh token for the next pair of tokens */
  "POST /sessions/refresh": {
    operation: "refresh-session";
    body: Schemas["RefreshSession"];
    reply: Schemas["Tokens"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "invalid_refresh_token" | "malformed_json" | "malformed_request" | "not_json" | "session_revoked" | "temporarily_unavailable";
  };
  /** Starts a session */
  "POST /sessions/second-factor": {
    operation: "complete-log-in";
    body: Schemas["CompleteLogIn"];
    reply: Schemas["Tokens"];
    refusals: "body_too_large" | "busy" | "challenge_invalid" | "code_wrong" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "temporarily_unavailable" | "too_many_codes" | "totp_not_enrolled";
  };
  /** Ends a session: its refresh tokens are no longer valid */
  "DELETE /sessions/{session_id}": {
    operation: "end-session";
    path: { session_id: "current" | "all" | Schemas["SessionId"] };
    reply: undefined;
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Returns the shop */
  "GET /shop": {
    operation: "show-shop";
    reply: Schemas["Shop"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable";
  };
  /** Adjusts stock, once per Idempotency-Key, since an adjustment applied twice would make the stock inconsistent */
  "POST /stock/{sku}/adjustments": {
    operation: "adjust-stock";
    path: { sku: Schemas["Sku"] };
    body: Schemas["AdjustStock"];
    reply: Schemas["StockLevel"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "sku_not_found" | "staff_only" | "stock_below_zero" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Begins or ends a customer's wait */
  "PUT /stock/{sku}/watch": {
    operation: "watch-stock";
    path: { sku: Schemas["Sku"] };
    body: Schemas["WatchStockInput"];
    reply: Schemas["WatchStock"];
    refusals: "account_needed" | "body_too_large" | "busy" | "front_door_only" | "in_stock" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "sku_not_found" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_watches";
  };
  /** Creates an account, and mails its address a link that confirms it */
  "POST /users": {
    operation: "register-user";
    body: Schemas["RegisterUser"];
    reply: undefined;
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "password_is_email" | "password_is_personal" | "temporarily_unavailable";
  };
  /** Creates an account with the roles of the invitation */
  "POST /users/invitations/acceptance": {
    operation: "accept-invitation";
    body: Schemas["AcceptInvitation"];
    reply: undefined;
    refusals: "body_too_large" | "busy" | "email_taken" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "link_invalid" | "malformed_json" | "malformed_request" | "not_json" | "password_is_email" | "password_is_personal" | "temporarily_unavailable";
  };
  /** Changes the caller's name, language or consent */
  "PATCH /users/me": {
    operation: "update-user";
    body: Schemas["UpdateUser"];
    reply: Schemas["User"];
    refusals: "account_needed" | "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "user_not_found";
  };
  /** Lists the caller's addresses, twenty at most, in the order of their ids */
  "GET /users/me/addresses": {
    operation: "list-addresses";
    reply: Schemas["ListOfSavedAddress"];
    refusals: "account_needed" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "user_not_found";
  };
  /** Saves an address under an id that the client has drawn, in place of the one that has this id */
  "PUT /users/me/addresses/{address_id}": {
    operation: "put-address";
    path: { address_id: Schemas["AddressId"] };
    body: Schemas["PutAddress"];
    reply: Schemas["SavedAddress"];
    refusals: "account_needed" | "body_too_large" | "busy" | "country_unknown" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_found" | "not_json" | "postal_code_invalid" | "postal_code_missing" | "region_missing" | "region_unknown" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_addresses" | "user_not_found";
  };
  /** Removes an address */
  "DELETE /users/me/addresses/{address_id}": {
    operation: "remove-address";
    path: { address_id: Schemas["AddressId"] };
    reply: undefined;
    refusals: "account_needed" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Mails a link to the address */
  "PUT /users/me/email": {
    operation: "set-email";
    body: Schemas["SetEmail"];
    reply: undefined;
    refusals: "account_needed" | "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_credentials" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "password_is_email" | "session_revoked" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_email_changes";
  };
  /** Has the account erased in two weeks, with everything that the shop holds of its owner and need not keep */
  "POST /users/me/erasure": {
    operation: "request-erasure";
    body: Schemas["RequestErasure"];
    reply: Schemas["Erasure"];
    refusals: "account_needed" | "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_credentials" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "session_revoked" | "staff_cannot_be_erased" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_tries" | "user_not_found";
  };
  /** Returns what this service holds of the caller, but for what proves who they are */
  "GET /users/me/export": {
    operation: "export-user";
    reply: Schemas["Export"];
    refusals: "account_needed" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "session_revoked" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid";
  };
  /** Replaces the password */
  "PUT /users/me/password": {
    operation: "change-password";
    body: Schemas["ChangePassword"];
    reply: undefined;
    refusals: "account_needed" | "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_credentials" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "password_is_email" | "password_is_personal" | "session_revoked" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_tries";
  };
  /** Lists the caller's sessions, newest first: the session of the request, and the newest fifty */
  "GET /users/me/sessions": {
    operation: "list-sessions";
    reply: Schemas["ListOfSession"];
    refusals: "account_needed" | "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "user_not_found";
  };
  /** Returns a secret to enter into an app that shows codes (TOTP, RFC 6238) */
  "POST /users/me/totp": {
    operation: "enroll-totp";
    body: Schemas["EnrollTotp"];
    reply: Schemas["Enrolment"];
    refusals: "account_needed" | "body_too_large" | "busy" | "email_unconfirmed" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_credentials" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "session_revoked" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_tries" | "totp_active";
  };
  /** Completes the setup: from now on, signing in requires a code of the app */
  "POST /users/me/totp/confirmation": {
    operation: "confirm-totp";
    body: Schemas["ConfirmTotp"];
    reply: Schemas["RecoveryCodes"];
    refusals: "account_needed" | "body_too_large" | "busy" | "code_wrong" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "session_revoked" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_codes" | "totp_active" | "totp_not_enrolled";
  };
  /** Removes the second factor: from now on, the password is sufficient */
  "POST /users/me/totp/removal": {
    operation: "remove-totp";
    body: Schemas["RemoveTotp"];
    reply: undefined;
    refusals: "account_needed" | "body_too_large" | "busy" | "code_wrong" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "second_factor_required" | "session_revoked" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "too_many_codes" | "totp_not_enrolled";
  };
  /** Returns an account, or what is known of a guest */
  "GET /users/{user_id}": {
    operation: "get-user";
    path: { user_id: "me" | Schemas["UserId"] };
    reply: Schemas["User"];
    refusals: "busy" | "front_door_only" | "internal_error" | "invalid_query" | "malformed_request" | "not_found" | "session_revoked" | "temporarily_unavailable" | "token_expired" | "token_invalid" | "token_malformed" | "token_missing" | "token_not_yet_valid" | "user_not_found";
  };
  /** Records that somebody withdraws from a contract (Directive 2011/83/EU, Article 11a), and mails an acknowledgement to their address */
  "POST /withdrawals": {
    operation: "declare-withdrawal";
    body: Schemas["Declaration"];
    reply: Schemas["ReceivedStatement"];
    refusals: "body_too_large" | "busy" | "front_door_only" | "internal_error" | "invalid_body" | "invalid_query" | "malformed_json" | "malformed_request" | "not_json" | "temporarily_unavailable" | "too_many_claims";
  };
}

/** The routes that take an Idempotency-Key, so that repeating a request has no other effect than sending it once. */
export const KEYED: ReadonlySet<string> = new Set([
  "POST /admin/catalogue/imports",
  "POST /admin/catalogue/products/{product_id}/images",
  "POST /admin/catalogue/variants/{sku}/prices",
  "POST /admin/orders/{order_id}/cancellations",
  "POST /admin/orders/{order_id}/notes",
  "POST /admin/orders/{order_id}/refunds",
  "POST /admin/orders/{order_id}/shipments",
  "POST /admin/returns/{return_id}/receipt",
  "POST /cart/checkout",
  "POST /orders",
  "POST /orders/{order_id}/returns",
  "POST /payments/{payment_id}/attempts",
  "POST /products",
  "POST /stock/{sku}/adjustments",
]);
